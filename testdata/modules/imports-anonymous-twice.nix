{ lib }:
with lib;
{ modules = let m = { tags = [ "x" ]; }; in [ ./fixtures/tags.nix m m ]; }
