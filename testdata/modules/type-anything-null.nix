{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.anything; }; } { a = null; } { a = null; } ]; }
