{
  containers.web = {
    privateUsers = 524288;
    config = { };
  };
}
