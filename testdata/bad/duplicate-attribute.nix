# error: 7:5-14 attribute `autoStart` already defined at 5:5
# The same attribute twice in one set.
{
  containers.web = {
    autoStart = true;
    path = "/nix/var/nix/profiles/per-container/web";
    autoStart = false;
  };
}
