# error: 6:26-43 infinite recursion
# Whether there are containers depends on whether there are containers.
{ config, lib, ... }:

{
  containers = lib.mkIf (config.containers == { }) {
    web.path = "/nix/var/nix/profiles/per-container/web";
  };
}
