# The same file for several containers, each with its own arguments.
let
  hostAddress = "192.168.100.10";
in
{
  imports = [
    (import ./web-site.nix {
      name = "blog";
      port = 8081;
      inherit hostAddress;
      localAddress = "192.168.100.11";
    })
    (import ./web-site.nix {
      name = "shop";
      port = 8082;
      inherit hostAddress;
      localAddress = "192.168.100.12";
      extraConfig.services.postgresql.enable = true;
    })
    (import ./web-site.nix {
      name = "draft";
      port = 8083;
      inherit hostAddress;
      localAddress = "192.168.100.13";
      autoStart = false;
    })
  ];
}
