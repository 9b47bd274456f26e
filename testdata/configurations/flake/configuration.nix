# A container whose system comes from a flake.
{
  containers.build = {
    autoStart = true;
    flake = "git+https://example.org/machines.git";
  };
}
