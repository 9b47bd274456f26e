{
  imports = [
    ./hardware.nix # error: 5-19 missing-file
 ];
  containers.web.config = { };
}
