# error: 4:11-16 infinite recursion
# A value that is made of itself.
let
  names = names ++ [ "web" ];
in
{
  containers.web.tmpfs = names;
  containers.web.path = "/nix/var/nix/profiles/per-container/web";
}
