{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.submoduleWith { shorthandOnlyDefinesConfig = true; modules = [ { options.x = mkOption { type = types.int; }; } ]; }; }; } { s.config.x = 3; } ]; }
