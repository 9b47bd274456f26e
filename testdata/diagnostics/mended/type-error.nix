let
  minutes = 5;
in
{
  containers.web = {
    timeoutStartSec = "${toString minutes}min";
    config = { };
  };
}
