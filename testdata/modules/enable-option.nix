{ lib }:
with lib;
{ modules = [ { options.a.enable = mkEnableOption "it"; } { a.enable = true; } ]; }
