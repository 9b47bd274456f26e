# Containers that a switch is not to restart, and one for which the last word is another's.
{
  systemd.containers = {
    a = {
      autoStart = true;
      updateStrategy = "reload";
    };
    b = {
      autoStart = true;
      updateStrategy = "none";
    };
    c = {
      autoStart = true;
      updateStrategy = "reload";
      restartIfChanged = true;
    };
    d = {
      autoStart = true;
      updateStrategy = "restart";
    };
  };
}
