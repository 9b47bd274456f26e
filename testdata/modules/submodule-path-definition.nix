{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.submodule [ ./fixtures/count.nix ]; }; } { s = ./fixtures/set-count.nix; } ]; }
