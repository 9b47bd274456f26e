{
  boot.enableContainers = true;
  containers.web.config = { };
}
