{
  modules,
  baseModules ? [
    ../modules/base.nix
    ../modules/virtualisation/nixos-containers.nix
  ],
  specialArgs ? { },
  prefix ? [ ],
  # All packages are of one.
  system ? "x86_64-linux",
  # What no option is declared for is accepted all the same.
  check ? true,
}:
let
  pkgs = import ../../pkgs;
in
(import ../../lib).evalModules {
  modules = modules ++ baseModules;
  specialArgs = {
    inherit pkgs;
  } // specialArgs;
  inherit prefix;
}
