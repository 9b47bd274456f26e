{
  containers.web.config = {
    imports = [  ];
    services.nginx.enable = true;
  };
}
