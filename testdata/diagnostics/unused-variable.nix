let
  domain = "example.org";
  port = 8080; # warning: 3-7 unused-variable
in
{
  containers.web.config.networking.domain = domain;
}
