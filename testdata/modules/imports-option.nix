{ lib }:
with lib;
{ modules = [ (mkOption { }) ]; }
