{ lib }:
with lib;
{ modules = [ ./fixtures/tags.nix (modules.importApply ./fixtures/apply.nix { tag = "t"; }) ]; }
