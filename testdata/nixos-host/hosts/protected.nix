{
  containers.db.autoStart = true;
  virtualisation.conex.preview.protect = [
    "db"
    "it's"
  ];
}
