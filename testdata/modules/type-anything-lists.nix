{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.anything; }; } { a.l = [ 1 ]; } { a.l = [ 2 ]; } ]; }
