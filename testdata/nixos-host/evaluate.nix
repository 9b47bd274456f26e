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
      # These have no value, or not always one.
      known = container: removeAttrs container [ "config" "pkgs" ];
      containers = lib.mapAttrs (_: known) config.containers;
    in
    {
      failed = builtins.sort builtins.lessThan (map (one: one.message) failed);
      inherit containers;
      alias = lib.mapAttrs (_: known) config.systemd.containers == containers;
      confs = lib.mapAttrs (_: file: file.text) config.environment.etc;
      inherit (config.boot) extraSystemdUnitPaths isContainer isNspawnContainer;
      systemPackages = map toString config.environment.systemPackages;
      inherit (config.networking) useDHCP;
      powerManagement = config.powerManagement.enable;
      sound = config.sound.enable;
      inherit (config.system) preSwitchChecks;
      services = lib.mapAttrs (_: plain) config.systemd.services;
    };
in
lib.mapAttrs' (file: _: {
  name = lib.removeSuffix ".nix" file;
  value = host (./hosts + "/${file}");
}) (builtins.readDir ./hosts)
