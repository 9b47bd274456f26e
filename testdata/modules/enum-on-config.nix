{ lib }:
with lib;
{ modules = [ ({ config, ... }: { options = { a = mkOption { type = types.enum config.b; }; b = mkOption { default = [ "x" ]; }; }; config.a = "x"; }) ]; }
