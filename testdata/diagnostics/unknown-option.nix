{
  containers.web = {
    autostart = true; # error: 5-14 unknown-option
    config = { };
  };
}
