# error: 5:5-14 `containers.web.autostart` does not exist; did you mean `autoStart`?
# An option misspelt.
{
  containers.web = {
    autostart = true;
    path = "/nix/var/nix/profiles/per-container/web";
  };
}
