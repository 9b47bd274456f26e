let
  domain = "example.org";
  in
{
  containers.web.config.networking.domain = domain;
}
