{
  containers.web.config = { };
}
