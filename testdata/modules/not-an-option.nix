{ lib }:
with lib;
{ modules = [ { options.a = 3; } ]; }
