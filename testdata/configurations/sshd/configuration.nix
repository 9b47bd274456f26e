# One container to log in to: its own sshd, on a port that the host's sshd leaves free.
{ ... }:

{
  containers.gate = {
    autoStart = true;
    config = {
      services.openssh = {
        enable = true;
        ports = [ 2022 ];
        settings.PermitRootLogin = "prohibit-password";
      };
      users.users.root.openssh.authorizedKeys.keys = [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3yGkmXo0v5m6m0i0b8r3m1yqH4nDqQdWc2jv8TnExa admin@house"
      ];
      system.stateVersion = "26.05";
    };
  };
}
