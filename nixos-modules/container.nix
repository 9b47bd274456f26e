# A NixOS system that is a container: import it where the system is built by itself and not as
# the `config` of a container of a host, which NixOS marks without help.
#
# What a container has no use for NixOS turns off by that mark. What its first modules for
# containers turned off besides, and later ones do not, is off here, too.
{ lib, options, ... }:
let
  inherit (lib) mkDefault optionalAttrs;
in
{
  config = {
    boot =
      if options ? boot.isNspawnContainer then
        { isNspawnContainer = true; }
      else
        { isContainer = true; };
    networking.useDHCP = mkDefault false;
  }
  // optionalAttrs (options ? powerManagement.enable) { powerManagement.enable = mkDefault false; }
  // optionalAttrs (options ? services.udisks2.enable) {
    services.udisks2.enable = mkDefault false;
  }
  # An option that was removed later is still there, and not to be set.
  // optionalAttrs (options ? sound.enable && options.sound.enable.visible or true) {
    sound.enable = mkDefault false;
  };
}
