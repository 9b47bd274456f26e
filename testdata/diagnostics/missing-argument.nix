let
  site =
    { name, port }:
    {
      config.services.nginx.virtualHosts.${name}.listen = [ { inherit port; } ];
    };
in
{
  containers.web = site { name = "example.org"; }; # error: 20-50 type-error
}
