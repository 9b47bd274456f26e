{ lib }:
with lib;
{ modules = [ { options.d = mkOption { type = types.deferredModule; }; } { d = 3; } ]; }
