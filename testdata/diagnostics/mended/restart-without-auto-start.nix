{
  containers.web = {
    autoStart = true;
    restartIfChanged = false;
    config = { };
  };
}
