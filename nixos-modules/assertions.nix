# What any module of a host may demand and say; NixOS declares the same in
# `misc/assertions.nix`.
{ lib, ... }:

{
  options = {
    assertions = lib.mkOption {
      type = lib.types.listOf lib.types.unspecified;
      internal = true;
      default = [ ];
      example = [
        {
          assertion = false;
          message = "you can't enable this for that reason";
        }
      ];
      description = ''
        What must hold for the configuration to make sense: each with a Boolean `assertion` and
        a `message` for when it does not hold.
      '';
    };

    warnings = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      internal = true;
      default = [ ];
      example = [ "The `foo` service is deprecated and will go away soon!" ];
      description = "What is shown when the configuration is evaluated.";
    };
  };
}
