{
  containers.web = {
    autoStart = true
    config = { }; # error: 12-13 syntax-error
  };
}
