let
  minutes = 5;
in
{
  containers.web = {
    timeoutStartSec = minutes + "min"; # error: 23-38 type-error
    config = { };
  };
}
