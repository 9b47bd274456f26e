# Containers that a switch is not to restart, and one for which the last word is another's.
{
  systemd.containers = {
    a = {
      autoStart = true;
      config = { };
      updateStrategy = "reload";
    };
    b = {
      autoStart = true;
      config = { };
      updateStrategy = "none";
    };
    c = {
      autoStart = true;
      config = { };
      updateStrategy = "reload";
      restartIfChanged = true;
    };
    d = {
      autoStart = true;
      config = { };
      updateStrategy = "restart";
    };
  };
}
