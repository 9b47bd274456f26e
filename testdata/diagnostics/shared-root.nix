{
  containers.a = {
    root = "/srv/containers/a";
    config = { };
  };
  containers.b = {
    root = "/srv/containers/a"; # error: 12-31 shared-root
    config = { };
  };
}
