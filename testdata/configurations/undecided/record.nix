# For the recording only: without the undecided containers.
{ services.nix-serve.enable = false; }
