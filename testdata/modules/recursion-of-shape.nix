{ lib }:
with lib;
{ modules = [ ({ config, ... }: { options.a = mkOption { type = types.attrsOf types.int; default = { }; }; config = config.a; }) ]; }
