# `config` as a module with arguments, one without, a set, and a list of definitions to merge.
{ lib, ... }:

{
  containers.full.config =
    {
      config,
      pkgs,
      lib,
      ...
    }:
    {
      environment.systemPackages = [ pkgs.htop ];
      networking.firewall.enable = lib.mkForce config.services.nginx.enable;
    };

  containers.bare.config =
    { ... }:
    {
      services.redis.servers."".enable = true;
    };

  containers.constant.config = _: { services.fstrim.enable = false; };

  containers.set.config.services.nginx.enable = true;

  containers.merged.config = lib.mkMerge [
    { services.nginx.enable = true; }
    ({ pkgs, ... }: { environment.systemPackages = [ pkgs.curl ]; })
  ];
}
