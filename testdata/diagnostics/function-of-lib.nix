{ lib, ... }:
{
  containers.web = {
    autoStart = lib.mkDefualt true; # error: 17-30 missing-attribute
    config = { };
  };
}
