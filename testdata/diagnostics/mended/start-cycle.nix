{
  containers.db = {
    dependsOn = [  ];
    config = { };
  };
  containers.web = {
    dependsOn = [ "db" ];
    config = { };
  };
}
