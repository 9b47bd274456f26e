{
  containers.web = {
    timeoutStartSec = "2min";
    config = { };
  };
}
