{ lib }:
with lib;
{ modules = [ { options = { a = mkOption { type = types.listOf types.int; }; b = mkOption { type = types.attrsOf types.int; }; c = mkOption { type = types.nullOr types.int; }; d = mkOption { type = types.attrs; }; e = mkOption { type = types.lazyAttrsOf types.int; }; f = mkOption { type = types.coercedTo types.int toString (types.listOf types.str); }; g = mkOption { type = types.uniq (types.listOf types.int); }; }; } ]; }
