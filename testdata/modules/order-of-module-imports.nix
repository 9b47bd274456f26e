{ lib }:
with lib;
{ modules = [ { options.l = mkOption { type = types.listOf types.str; }; } { imports = [ { l = [ "b" ]; imports = [ { l = [ "a" ]; } ]; } { l = [ "c" ]; } ]; l = [ "d" ]; } { l = [ "e" ]; } ]; }
