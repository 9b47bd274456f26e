{ lib }:
with lib;
{ modules = [ { options.a = types.int; } ]; }
