{ lib }:
with lib;
{ modules = [ (mkRenamedOptionModule [ "old" ] [ "new" ]) { old = 1; } ]; }
