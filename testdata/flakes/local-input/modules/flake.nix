{
  inputs.pkgs.url = "github:NixOS/nixpkgs";

  outputs =
    { self, pkgs }:
    {
      nixosModules.web =
        { lib, ... }:
        {
          containers.web = {
            autoStart = pkgs.lib.mkForce true;
            config.services.nginx.enable = true;
          };
        };
    };
}
