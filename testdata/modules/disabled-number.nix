{ lib }:
with lib;
{ modules = [ { disabledModules = [ 3 ]; } ]; }
