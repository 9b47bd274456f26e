{
  virtualisation.conex = {
    apply.configuration = "/etc/it's/containers.nix";
    unitDirectory = "/srv/units";
  };
}
