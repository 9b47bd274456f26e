{ lib }:
with lib;
{ modules = [ ./fixtures/tags.nix (import ./fixtures/apply.nix { tag = "t"; }) ]; }
