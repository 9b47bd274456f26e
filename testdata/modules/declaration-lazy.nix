{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = throw "type"; default = 1; }; options.b = mkOption { default = 2; }; } ]; show = r: r.config.b; }
