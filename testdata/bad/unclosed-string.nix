# error: 4:25-6:1 unterminated string
# A string that never ends.
{
  containers.web.path = "/nix/var/nix/profiles/per-container/web;
}
