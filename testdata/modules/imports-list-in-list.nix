{ lib }:
with lib;
{ modules = [ { imports = [ [ { } ] ]; } ]; }
