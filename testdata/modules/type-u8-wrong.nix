{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.ints.u8; }; } { a = 256; } ]; }
