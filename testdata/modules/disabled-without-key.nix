{ lib }:
with lib;
{ modules = [ { disabledModules = [ { } ]; } ]; }
