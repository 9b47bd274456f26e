{
  containers.web.timeoutStartSec = "90s"; # error: 36-41 conflicting-definitions
}
