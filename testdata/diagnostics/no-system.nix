{
  containers.web = { # error: 14-17 no-system
    autoStart = true;
  };
}
