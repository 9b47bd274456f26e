{ lib }:
with lib;
{ modules = [ { __functor = _: { config, ... }: { options.a = mkOption { default = 3; }; }; } ]; }
