{ lib }:
with lib;
{ modules = [ ({ options, config, ... }: { options.t = mkOption { type = types.str; }; options.u = mkOption { type = types.str; default = "d"; }; config.u = mkDerivedConfig options.t (x: x + "!"); }) { t = mkDefault "hi"; } { u = "stronger"; } ]; }
