{
  containers.web = {
    autoStart = false;
    restartIfChanged = false; # warning: 24-29 restart-without-auto-start
    config = { };
  };
}
