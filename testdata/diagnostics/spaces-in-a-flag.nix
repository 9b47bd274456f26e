{
  containers.files = {
    extraFlags = [ "--setenv=GREETING=hello there" ]; # error: 20-51 spaces
    config = { };
  };
}
