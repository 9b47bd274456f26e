{ lib }:
with lib;
{ modules = [ ./fixtures/tags.nix ./fixtures/tag.nix { disabledModules = [ ./fixtures/tag.nix ]; } ]; }
