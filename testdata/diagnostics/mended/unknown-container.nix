{
  containers.web = {
    dependsOn = [ "db" ];
    config = { };
  };
  containers.db.config = { };
}
