{
  config,
  inputs,
  prefix,
  pkgs,
  ...
}:

{
  imports = [
    "${inputs.nixpkgs}/nixos/modules/profiles/headless.nix"
    inputs.nixpkgs.nixosModules.notDetected
  ];

  networking.hostName = "box";

  containers.web = {
    privateNetwork = true;
    hostAddress = "${prefix}.1";
    localAddress = "${prefix}.2";
    specialArgs = { inherit inputs; };
    config =
      { pkgs, ... }:
      {
        services.nginx.enable = true;
        environment.systemPackages = [ pkgs.git ];
      };
  };
}
