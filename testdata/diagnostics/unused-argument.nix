let
  site =
    { name, port }: # warning: 13-17 unused-argument
    {
      config.networking.domain = name;
    };
in
{
  containers.web = site {
    name = "example.org";
    port = 80;
  };
}
