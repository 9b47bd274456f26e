{ pkgs, ... }:
{
  systemd.services.hello.text = "[Service]\nExecStart=${pkgs.hello}/bin/hello";
}
