{ lib }:
with lib;
{ modules = [ { options = 3; } ]; }
