{ lib }:
with lib;
{ modules = [ ./fixtures/tags.nix ./fixtures/directory ]; }
