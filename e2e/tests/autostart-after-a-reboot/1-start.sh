#!/usr/bin/env bash
# Two containers, of which one is to start by itself.
. /e2e/lib.sh

built=$(system web)
cat > /root/configuration.nix << END
{
  containers.web = {
    autoStart = true;
    privateNetwork = true;
    hostAddress = "10.77.0.1";
    localAddress = "10.77.0.2";
    path = "$built";
  };
  containers.manual.path = "$built";
}
END
conex apply /root/configuration.nix --auto-approve
conex start manual
within 5 pings 10.77.0.2
