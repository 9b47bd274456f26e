{
  containers.web = {
    privateNetwork = true;
    extraVeths.ve-backup = {
      hostBridge = "br-backup";
    };
    config = { };
  };
}
