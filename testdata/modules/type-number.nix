{ lib }:
with lib;
{ modules = [ { options = { a = mkOption { type = types.number; }; b = mkOption { type = types.float; }; c = mkOption { type = types.numbers.positive; }; d = mkOption { type = types.numbers.between 0 1; }; }; } { a = 1; b = 1.5; c = 0.5; d = 1; } ]; }
