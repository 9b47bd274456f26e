# Not a module function: it is called with `lib` by the file that imports it.
{ lib }:

{
  containers.video = {
    config.services.jellyfin.enable = true;
    allowedDevices = lib.singleton {
      node = "/dev/dri/renderD128";
      modifier = "rw";
    };
  };
}
