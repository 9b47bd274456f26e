{
  imports = [ ];
  containers.web.config = { };
}
