{ lib }:
with lib;
{ specialArgs.modulesPath = ./fixtures; modules = [ ./fixtures/tags.nix ./fixtures/tag.nix { disabledModules = [ "tag.nix" ]; } ]; }
