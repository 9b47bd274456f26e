# error: 6:1-6:1 the text ends inside a string (where Nix says it, too)
# A string that never ends.
{
  containers.web.path = "/nix/var/nix/profiles/per-container/web;
}
