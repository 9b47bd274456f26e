# XML of many small sets, as NixOS writes its options.
builtins.stringLength (builtins.toXML (builtins.genList (i: {
  name = "option-${toString i}";
  type = "boolean";
  default = i / 2 * 2 == i;
  declarations = [ "/etc/nixos/configuration.nix" "<nixpkgs>" ];
}) 20000))
