# error: 4:14-79 container name is 65 bytes long; at most 64 are allowed
# A name longer than a machine name can be.
{
  containers.nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn.path = "/nix/var/nix/profiles/per-container/a";
}
