{
  system.stateVersion = "21.11";
  containers.web = {
    ephemeral = true; # warning: 17-21 ephemeral-before-22-05
    config = { };
  };
}
