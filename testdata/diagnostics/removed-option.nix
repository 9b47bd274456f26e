{ pkgs, ... }:
{
  containers.web = {
    pkgs = pkgs; # error: 5-9 removed-option
    config = { };
  };
}
