{
  containers.web = {
    privateNetwork = true;
    extraVeths.ve-lan = {
      hostBridge = "br0";
      localMacAddress = "02:00:00:00:00:01"; # warning: 25-44 ignored-on-extra-veth
    };
    config = { };
  };
}
