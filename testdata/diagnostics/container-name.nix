{
  containers.web_server.config = { }; # error: 14-24 invalid-container-name
}
