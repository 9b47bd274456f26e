{
  containers.files = {
    extraFlags = [ "--setenv=GREETING=hello" ];
    config = { };
  };
}
