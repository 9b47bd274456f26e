{ lib }:
with lib;
{ modules = [ ({ options, ... }: { options.a = mkOption { type = types.listOf types.int; default = [ ]; }; options.b = mkOption { type = types.listOf types.int; default = [ ]; }; config.b = mkAliasDefinitions options.a; }) { a = [ 1 ]; } { b = [ 2 ]; } ]; }
