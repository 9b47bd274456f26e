{
  containers.web = {
    autoStart = "yes"; # error: 17-22 wrong-type
    config = { };
  };
}
