{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.listOf (types.submodule ({ name, ... }: { options.n = mkOption { default = name; }; })); }; } { s = [ { } { } ]; } { s = [ { } ]; } ]; }
