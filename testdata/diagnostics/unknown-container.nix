{
  containers.web = {
    dependsOn = [ "database" ]; # error: 19-29 unknown-container
    config = { };
  };
  containers.db.config = { };
}
