# What hangs on packages is not known before a nixpkgs is given; the rest is.
{ pkgs, ... }:

{
  environment.systemPackages = [ pkgs.git ];

  containers.tools = {
    autoStart = true;
    bindMounts."/hello".hostPath = "${pkgs.hello}";
    bindMounts."/srv" = { };
    extraFlags = [
      "--as-pid2"
      "--bind-ro=${pkgs.hello}/bin"
    ];
    config.environment.systemPackages = [ pkgs.hello ];
  };

  containers.older = {
    nixpkgs = pkgs.path;
    config.services.nginx.enable = true;
  };
}
