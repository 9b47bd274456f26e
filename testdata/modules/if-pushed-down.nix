{ lib }:
with lib;
{ modules = [ ({ config, ... }: { options.s = { on = mkOption { type = types.bool; }; a = mkOption { type = types.int; default = 0; }; }; config.s = mkMerge [ { on = true; } (mkIf config.s.on { a = 5; }) ]; }) ]; }
