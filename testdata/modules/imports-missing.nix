{ lib }:
with lib;
{ modules = [ ./fixtures/none.nix ]; }
