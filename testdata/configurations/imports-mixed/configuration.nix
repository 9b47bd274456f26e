# Imports of all kinds: a path, an applied function, a set and a function in place.
{ lib, ... }:

{
  imports = [
    ./music.nix
    (import ./video.nix { inherit lib; })
    { containers.radio.config.services.icecast.enable = true; }
    ({ lib, ... }: { containers.radio.autoStart = lib.mkDefault true; })
  ];
}
