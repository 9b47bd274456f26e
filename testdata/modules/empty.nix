{ lib }:
with lib;
{ modules = [ ]; }
