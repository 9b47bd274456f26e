{ lib }:
with lib;
{ modules = [ { x = 1; } ]; show = r: (tryEval (seq r.config 1)).success; }
