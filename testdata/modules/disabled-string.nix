{ lib }:
with lib;
{ modules = [ ./fixtures/tags.nix ./fixtures/tag.nix { disabledModules = [ (toString ./fixtures/tag.nix) ]; } ]; }
