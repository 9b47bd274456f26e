{
  containers.web.config = [ ]; # error: 27-30 invalid-module
}
