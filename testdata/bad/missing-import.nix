# error: 4:15-28 ./nowhere.nix does not exist
# A file that is not there.
{
  imports = [ ./nowhere.nix ];
  containers.web.path = "/nix/var/nix/profiles/per-container/web";
}
