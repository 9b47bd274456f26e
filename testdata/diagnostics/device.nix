{
  containers.files = {
    allowedDevices = [
      {
        node = "/dev/fuse";
        modifier = "rwx"; # warning: 20-25 invalid-device
      }
    ];
    config = { };
  };
}
