{
  containers.web = {
    timeoutStartSec = "2 minuten"; # warning: 23-34 invalid-timeout
    config = { };
  };
}
