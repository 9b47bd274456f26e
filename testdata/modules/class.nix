{ lib }:
with lib;
{ class = "nixos"; modules = [ { _class = "nixos"; options.a = mkOption { default = 1; }; } ]; }
