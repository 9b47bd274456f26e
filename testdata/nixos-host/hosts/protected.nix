{
  containers.db = {
    autoStart = true;
    config = { };
  };
  virtualisation.conex.preview.protect = [
    "db"
    "it's"
  ];
}
