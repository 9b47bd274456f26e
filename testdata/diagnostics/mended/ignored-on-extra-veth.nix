{
  containers.web = {
    privateNetwork = true;
    extraVeths.ve-lan = {
      hostBridge = "br0";
    };
    config = { };
  };
}
