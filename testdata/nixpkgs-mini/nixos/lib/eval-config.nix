{
  modules,
  baseModules ? [
    ../modules/base.nix
    ../modules/virtualisation/nixos-containers.nix
  ],
  specialArgs ? { },
  prefix ? [ ],
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
