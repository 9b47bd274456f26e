{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.int; }; } (setDefaultModuleLocation "x.nix" { a = 1; }) ]; show = r: r.options.a.files; }
