# What NixOS adds to the configuration of a container `name` of `host`, which
# `eval-config.nix` gave. Releases differ in the options that they have for it.
{ name, host }:
{ lib, options, ... }:
let
  inherit (host) config;
  isDefined = option: option.isDefined or false;
  platform =
    if options ? nixpkgs.hostPlatform && isDefined (host.options.nixpkgs.hostPlatform or { }) then
      { inherit (config.nixpkgs) hostPlatform; }
    else if options ? nixpkgs.localSystem && config ? nixpkgs.localSystem then
      { inherit (config.nixpkgs) localSystem; }
    else if config.nixpkgs.system or "" != "" then
      { inherit (config.nixpkgs) system; }
    else
      { };
in
{
  config = {
    boot = if options ? boot.isNspawnContainer then { isNspawnContainer = true; } else { isContainer = true; };
    networking = {
      hostName = lib.mkDefault name;
      useDHCP = false;
    };
    nixpkgs = platform;
  };
}
