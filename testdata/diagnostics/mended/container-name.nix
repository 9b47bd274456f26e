{
  containers.web-server.config = { };
}
