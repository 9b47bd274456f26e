{ config, lib, pkgs, ... }:
{
  networking.hostName = "several";
  containers.plain.config = { };
  containers.packages = {
    autoStart = true;
    config.environment.systemPackages = [ pkgs.hello (pkgs.package "git" "2.51.0" [ pkgs.glibc ]) ];
  };
  containers.module.config = { pkgs, lib, ... }: {
    imports = [ ./service.nix ];
    networking.hostName = lib.mkForce "other";
  };
  containers.host = lib.mkMerge [
    { config.systemd.services.of-host.text = "[Unit]\nDescription=${config.networking.hostName}"; }
    { config = { environment.systemPackages = [ pkgs.glibc ]; }; }
  ];
  containers.arguments = {
    specialArgs.greeting = "good morning";
    config = { greeting, ... }: { systemd.services.greet.text = greeting; };
  };
  containers.mounts = {
    bindMounts."/hello".hostPath = "${pkgs.hello}";
    config = { };
  };
}
