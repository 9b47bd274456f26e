# Two containers in one set, under the name the option had in 2013.
{
  systemd.containers = {
    wiki = {
      autoStart = true;
      config = {
        services.httpd.enable = true;
        services.httpd.adminAddr = "wiki@example.org";
      };
    };

    git = {
      config =
        { ... }:
        {
          services.openssh.enable = true;
          services.openssh.ports = [ 2222 ];
        };
    };
  };
}
