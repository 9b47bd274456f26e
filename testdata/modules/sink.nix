{ lib }:
with lib;
{ modules = [ { options.a = mkSinkUndeclaredOptions { }; } { a.b.c = 1; } ]; show = r: r.options.a.isDefined; }
