{ lib }:
with lib;
{ modules = let m = { key = "k"; tags = [ "x" ]; }; in [ ./fixtures/tags.nix m { disabledModules = [ m ]; } ]; }
