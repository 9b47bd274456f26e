{
  containers.db = {
    dependsOn = [ "web" ];
    config = { };
  };
  containers.web = {
    dependsOn = [ "db" ]; # error: 19-23 start-cycle
    config = { };
  };
}
