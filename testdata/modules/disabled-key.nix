{ lib }:
with lib;
{ modules = [ ./fixtures/tags.nix { key = "k"; tags = [ "x" ]; } { disabledModules = [ { key = "k"; } ]; } ]; }
