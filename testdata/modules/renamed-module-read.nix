{ lib }:
with lib;
{ modules = [ ({ config, ... }: { options.new = mkOption { type = types.int; }; options.y = mkOption { default = config.old; }; }) (mkAliasOptionModule [ "old" ] [ "new" ]) { new = 8; } ]; }
