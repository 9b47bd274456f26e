{ ... }: import ./pkgs
