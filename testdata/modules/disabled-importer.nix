{ lib }:
with lib;
{ modules = [ ./fixtures/tags.nix ./fixtures/imports-tag.nix { disabledModules = [ ./fixtures/imports-tag.nix ]; } ]; }
