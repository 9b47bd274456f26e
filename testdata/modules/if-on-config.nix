{ lib }:
with lib;
{ modules = [ ({ config, ... }: { options = { on = mkOption { type = types.bool; default = false; }; a = mkOption { type = types.int; default = 0; }; }; config = mkIf config.on { a = 5; }; }) { on = true; } ]; }
