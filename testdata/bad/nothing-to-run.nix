# error: 4:14-17 `containers.web` has none of `config`, `path` and `flake`
# A container without a system.
{
  containers.web = {
    autoStart = true;
  };
}
