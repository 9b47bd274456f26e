{ lib }:
with lib;
{ modules = [ { options.t = mkOption { type = types.lines; }; } { t = mkAfter "c"; } { t = "b"; } { t = mkBefore "a"; } ]; }
