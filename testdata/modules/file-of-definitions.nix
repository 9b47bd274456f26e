{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.int; }; } { _file = "here.nix"; a = 1; } ]; show = r: r.options.a.files; }
