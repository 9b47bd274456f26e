{ lib }:
with lib;
{ modules = [ { options.s.t = mkOption { type = types.submodule ({ name, ... }: { options.n = mkOption { default = name; }; }); }; } ]; }
