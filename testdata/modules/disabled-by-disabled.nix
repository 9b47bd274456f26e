{ lib }:
with lib;
{ modules = let m = { key = "m"; disabledModules = [ { key = "n"; } ]; }; n = { key = "n"; tags = [ "n" ]; }; in [ ./fixtures/tags.nix m n { disabledModules = [ m ]; } ]; }
