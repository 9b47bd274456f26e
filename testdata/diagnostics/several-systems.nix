{
  containers.web = {
    config = { };
    flake = "github:example/site"; # error: 13-34 several-systems
  };
}
