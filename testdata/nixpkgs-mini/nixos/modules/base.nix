# A system: its packages, and units in the places where NixOS has them.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  units = lib.mapAttrs (
    name: service:
    pkgs.make "unit-${name}.service" { text = service.text; }
      "mkdir $out; printf '%s\\n' \"$text\" > $out/${name}.service"
  ) config.systemd.services;

  link = name: "ln -s ${units.${name}}/${name}.service $out/${name}.service";

  systemUnits =
    pkgs.make "system-units" { }
      "mkdir $out; ${lib.concatStringsSep "; " (map link (lib.attrNames units))}";

  etc = pkgs.make "etc" { inherit systemUnits; } "mkdir -p $out/etc/systemd; ln -s $systemUnits $out/etc/systemd/system";

  failed = builtins.filter (assertion: !assertion.assertion) config.assertions;
  checked =
    value:
    if failed == [ ] then
      value
    else
      throw "\nFailed assertions:\n${
        lib.concatStringsSep "\n" (map (assertion: "- ${assertion.message}") failed)
      }";
in
{
  options = {
    assertions = lib.mkOption { default = [ ]; };
    boot.isContainer = lib.mkOption { default = false; };
    environment.etc = lib.mkOption { default = { }; };
    environment.systemPackages = lib.mkOption { default = [ ]; };
    networking.hostName = lib.mkOption { default = "nixos"; };
    networking.useDHCP = lib.mkOption { default = true; };
    systemd.services = lib.mkOption { default = { }; };
    systemd.units = lib.mkOption { default = { }; };
    system.build = lib.mkOption { };
  };
  config.system.build.toplevel = checked (
    pkgs.make "nixos-system-${config.networking.hostName}-26.05mini" {
      inherit etc;
      inherit (config.boot) isContainer;
      inherit (config.networking) useDHCP;
      packages = config.environment.systemPackages;
    } "mkdir $out; ln -s $etc/etc $out/etc; echo $packages > $out/packages; echo $isContainer > $out/is-container"
  );
}
