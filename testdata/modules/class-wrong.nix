{ lib }:
with lib;
{ class = "nixos"; modules = [ { imports = [ { _class = "darwin"; } ]; } ]; }
