{ lib }:
with lib;
{ modules = [ { options.a.b = mkOption { default = 1; }; } ]; show = r: "${r.options.a.b}"; }
