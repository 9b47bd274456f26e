{ lib }:
with lib;
{ modules = [ { options = genAttrs [ "u8" "u16" "u32" "s8" "s16" "s32" ] (n: mkOption { type = types.ints.${n}; }); } { u8 = 255; u16 = 65535; u32 = 4294967295; s8 = -128; s16 = 32767; s32 = -1; } ]; }
