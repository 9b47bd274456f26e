{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.submodule { }; }; } { s = 3; } ]; }
