{ pkgs, ... }:
{
  containers.web = {
    nixpkgs = pkgs.path;
    config = { };
  };
}
