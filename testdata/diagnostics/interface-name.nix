{
  containers.web = {
    privateNetwork = true;
    extraVeths.ve-of-the-backup = { # error: 16-32 invalid-interface-name
      hostBridge = "br-backup";
    };
    config = { };
  };
}
