{ lib }:
with lib;
{ modules = [ { _file = "one.nix"; options.a = mkOption { type = types.int; }; } { _file = "two.nix"; options.a = mkOption { default = 3; }; } ]; show = r: r.options.a.declarations; }
