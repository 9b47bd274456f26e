{ lib }:
with lib;
{ modules = [ { imports = [ 3 ]; } ]; }
