# error: 7:5-9 `containers.web.pkgs` has been removed
# An option of the past.
{ pkgs, ... }:

{
  containers.web = {
    pkgs = pkgs;
    config.services.nginx.enable = true;
  };
}
