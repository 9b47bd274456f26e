{ lib }:
with lib;
{ modules = [ ./fixtures/tags.nix ./fixtures/tag.nix { imports = [ ./fixtures/tag.nix ./fixtures/imports-tag.nix ]; } ]; }
