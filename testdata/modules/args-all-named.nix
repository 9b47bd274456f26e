{ lib }:
with lib;
{ modules = [ (args@{ lib, options, specialArgs, ... }: { options.a = mkOption { default = [ (specialArgs == { }) (options ? a) (lib ? mkOption) ]; }; }) ]; }
