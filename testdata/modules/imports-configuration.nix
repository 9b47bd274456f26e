{ lib }:
with lib;
{ modules = [ { imports = [ (evalModules { modules = [ ]; }) ]; } ]; }
