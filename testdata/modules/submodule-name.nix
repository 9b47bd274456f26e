{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.attrsOf (types.submodule ({ name, ... }: { options.n = mkOption { default = name; }; })); }; } { s.one = { }; s."two.x" = { }; } ]; }
