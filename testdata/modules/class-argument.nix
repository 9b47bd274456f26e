{ lib }:
with lib;
{ class = "c"; modules = [ ({ _class, ... }: { options.a = mkOption { default = _class; }; }) ]; }
