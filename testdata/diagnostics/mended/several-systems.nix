{
  containers.web = {
    config = { };
  };
}
