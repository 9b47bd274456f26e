{
  containers.web = {
    privateUsers = 4294967295; # error: 20-30 invalid-users
    config = { };
  };
}
