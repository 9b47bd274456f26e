let
  site =
    { name }:
    {
      config.networking.domain = name;
    };
in
{
  containers.web = site {
    name = "example.org";
  };
}
