# error: 3:32-42 `containers.web.hostAddress` has conflicting definitions; the other is at ./configuration.nix
{
  containers.web.hostAddress = "10.0.0.2";
}
