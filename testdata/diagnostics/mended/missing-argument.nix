let
  site =
    { name, port }:
    {
      config.services.nginx.virtualHosts.${name}.listen = [ { inherit port; } ];
    };
in
{
  containers.web = site { name = "example.org"; port = 80; };
}
