# error: 5:17-22 `containers.web.autoStart` is not of type `boolean`
# A string where a boolean belongs.
{
  containers.web = {
    autoStart = "yes";
    path = "/nix/var/nix/profiles/per-container/web";
  };
}
