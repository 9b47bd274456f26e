{ lib }:
with lib;
{ modules = [ { options.a = mkOption { }; } { a = x: [ x ]; } { a = x: [ (x + 1) ]; } ]; show = r: r.config.a 1; }
