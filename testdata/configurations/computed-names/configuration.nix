# Names that are only known by computing them.
let
  name = "cloud";
  subdomain = "notes";
  domain = "example.org";
  site = n: "site-${toString n}";
in
{
  containers.${name}.config.networking.domain = domain;

  containers."${subdomain}" = {
    autoStart = true;
    config = {
      services.nginx.virtualHosts."${subdomain}.${domain}".root = "/var/www";
    };
  };

  containers.${site 1}.path = "/nix/var/nix/profiles/per-container/${site 1}";
  containers."${site 2}".path = "/nix/var/nix/profiles/per-container/${site 2}";
  containers."backup.${site 2}".path = "/nix/var/nix/profiles/per-container/backup";
}
