{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.port; }; } { a = 65536; } ]; }
