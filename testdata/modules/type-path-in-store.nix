{ lib }:
with lib;
{ modules = [ { options.a = mkOption { type = types.pathInStore; }; } { a = "/nix/store/0lz9p8xhf89kb1c1kk6jxrzskaiygnlh-bash-5.2"; } ]; }
