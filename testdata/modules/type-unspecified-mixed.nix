{ lib }:
with lib;
{ modules = [ { options.a = mkOption { }; } { a = [ 1 ]; } { a = { }; } ]; }
