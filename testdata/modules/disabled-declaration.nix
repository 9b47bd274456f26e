{ lib }:
with lib;
{ modules = [ ./fixtures/count.nix ./fixtures/set-count.nix { disabledModules = [ ./fixtures/count.nix ]; } ]; }
