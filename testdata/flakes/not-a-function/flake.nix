# error: 3:13-43 invalid-flake The `outputs' of a flake are a function of its inputs
{
  outputs = { nixosConfigurations = { }; };
}
