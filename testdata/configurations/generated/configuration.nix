# Containers made from data, in the ways people write it.
{
  imports = [
    ./list-to-attrs.nix
    ./gen-attrs.nix
    ./map-attrs.nix
    ./range.nix
    ./with-lib.nix
  ];
}
