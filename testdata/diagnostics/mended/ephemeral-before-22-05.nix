{
  system.stateVersion = "22.05";
  containers.web = {
    ephemeral = true;
    config = { };
  };
}
