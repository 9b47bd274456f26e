# error: 4:14-19 container name `a/b` may not contain `/`
# A name that is a path.
{
  containers."a/b".path = "/nix/var/nix/profiles/per-container/a";
}
