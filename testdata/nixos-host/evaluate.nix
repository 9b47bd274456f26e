# What the modules make of each host in `hosts`: all that NixOS is told, and which assertions
# fail.
#
# Takes a `lib`, conex' own or nixpkgs', and the `evalModules` to use.
{
  lib,
  evalModules ? lib.evalModules,
}:
let
  pkgs = {
    path = "/nixpkgs";
    coreutils = "/usr";
    callPackage = _: _: throw "a package is built where nixpkgs is";
  };

  package = {
    type = "derivation";
    name = "conex";
    outPath = "/usr/local";
  };

  host =
    file:
    let
      inherit
        (evalModules {
          modules = [
            ./nixos.nix
            ../../nixos-modules
            file
            { virtualisation.conex = { inherit package; }; }
          ];
          specialArgs = { inherit pkgs; };
        })
        config
        ;
      failed = builtins.filter (one: !one.assertion) config.assertions;
      plain = service: service // { path = map toString service.path; };
      alias = config.systemd.containers == config.containers;
    in
    {
      failed = builtins.sort builtins.lessThan (map (one: one.message) failed);
      inherit (config) containers;
      inherit alias;
      inherit (config.boot) extraSystemdUnitPaths isNspawnContainer;
      systemPackages = map toString config.environment.systemPackages;
      inherit (config.networking) useDHCP;
      powerManagement = config.powerManagement.enable;
      inherit (config.system) preSwitchChecks;
      services = lib.mapAttrs (_: plain) config.systemd.services;
    };
in
lib.mapAttrs' (file: _: {
  name = lib.removeSuffix ".nix" file;
  value = host (./hosts + "/${file}");
}) (builtins.readDir ./hosts)
