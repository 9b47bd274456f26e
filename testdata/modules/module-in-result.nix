{ lib }:
with lib;
{ modules = [ { _module.args.x = 1; } ]; show = r: { inherit (r._module) check freeformType; x = r._module.args.x; }; }
