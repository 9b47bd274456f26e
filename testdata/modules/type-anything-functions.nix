{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.anything; }; } { a.f = x: { p = x; }; } { a.f = x: { q = x; }; } ]; show = r: r.config.a.f 3; }
