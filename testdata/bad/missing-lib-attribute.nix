# error: 6:16-27 lib has no attribute `genAttr`; did you mean `genAttrs`?
# A function that lib does not have.
{ lib, ... }:

{
  containers = lib.genAttr [ "web" ] (name: {
    path = "/nix/var/nix/profiles/per-container/${name}";
  });
}
