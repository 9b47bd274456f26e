# Selection from nested sets, with and without a default.
let
  config = {
    services.web = { enable = true; port = 80; };
    networking.hostName = "host";
  };
  step = n: i:
    n
    + config.services.web.port
    + (if config.services.web.enable then 1 else 0)
    + (config.services.mail.port or 25)
    + (if config ? networking.hostName then 1 else 0);
in
builtins.foldl' step 0 (builtins.genList (i: i) 300000)
