{ lib }:
with lib;
{ specialArgs.more = [ { a = 5; } ]; modules = [ { options.a = mkOption { default = 1; }; } ({ more, ... }: { imports = more; }) ]; }
