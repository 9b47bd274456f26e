{
  containers.web = {
    tmpfs = [
      "/tmp"
      "/var/tmp"
    ];
    config = { };
  };
}
