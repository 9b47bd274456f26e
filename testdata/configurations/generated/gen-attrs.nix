{ lib, ... }:

{
  containers = lib.genAttrs [ "red" "green" "blue" ] (colour: {
    autoStart = colour != "blue";
    config.environment.etc."colour".text = colour;
  });
}
