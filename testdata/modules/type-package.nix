{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.package; }; } { a = { type = "derivation"; name = "x"; outPath = "/nix/store/x"; }; } ]; }
