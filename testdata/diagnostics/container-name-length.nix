{
  containers.a-container-with-a-name-that-no-machine-can-have-because-it-is-too-long.config = { }; # error: 14-85 invalid-container-name
}
