{
  containers.files = {
    allowedDevices = [
      {
        node = "/dev/fuse";
        modifier = "rw";
      }
    ];
    config = { };
  };
}
