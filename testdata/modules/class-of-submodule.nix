{ lib }:
with lib;
{ modules = [ { options.s = mkOption { type = types.submoduleWith { class = "x"; modules = [ ]; }; }; } { s = { _class = "y"; }; } ]; }
