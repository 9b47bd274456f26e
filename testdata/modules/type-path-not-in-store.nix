{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.pathInStore; }; } { a = "/nix/store"; } ]; }
