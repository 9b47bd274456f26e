{
  containers.a = {
    root = "/srv/containers/a";
    config = { };
  };
  containers.b = {
    root = "/srv/containers/b";
    config = { };
  };
}
