# error: 4:14-18 container name `..` is not allowed
# A name that leads out of the directory of containers.
{
  containers."..".path = "/nix/var/nix/profiles/per-container/a";
}
