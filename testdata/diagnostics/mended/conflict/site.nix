{
  containers.web.timeoutStartSec = "90s";
}
