{
  containers.web = {
    tmpfs = [
      "/tmp"
      5 # error: 7-8 wrong-type
    ];
    config = { };
  };
}
