{
  containers.web = {
    autoStart = true;
    config = { };
    autoStart = false; # error: 5-14 duplicate-definition
  };
}
