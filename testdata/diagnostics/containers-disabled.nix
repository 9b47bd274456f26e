{
  boot.enableContainers = false; # warning: 27-32 containers-disabled
  containers.web.config = { };
}
