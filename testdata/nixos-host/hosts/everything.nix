{
  containers.db.autoStart = true;
  virtualisation.conex.preview.protect = [ "*" ];
  containers.web.updateStrategy = "reload";
}
