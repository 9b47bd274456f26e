//! What NixOS, systemd or the kernel will refuse or ignore. The refusals were
//! tried with systemd 252 and iproute2 6.1.

use crate::support::{check, evaluate_text};

#[test]
fn what_needs_a_private_network() {
    check(
        "{
  containers.a = {
    path = \"/x\";
    hostAddress = \"10.0.0.1\"; # warning: 19-29 needs-private-network `containers.a.hostAddress' has no effect without `privateNetwork'
    hostBridge = \"br0\"; # warning: 18-23 needs-private-network
    forwardPorts = [ { hostPort = 80; } ]; # warning: 20-42 needs-private-network
    localMacAddress = null;
  };
  containers.b = {
    path = \"/x\";
    privateNetwork = false;
    localAddress6 = \"what is ignored need not be right\"; # warning: 21-56 needs-private-network
  };
}",
    );
}

#[test]
fn what_makes_a_network_private() {
    check(
        "{
  containers.a = { path = \"/x\"; interfaces = [ \"eth1\" ]; macvlans = [ \"eth2\" ]; }; # warning: 46-56 implied-private-network
  containers.b = { path = \"/x\"; extraVeths.ve-x.hostBridge = \"br0\"; }; # warning: 44-67 implied-private-network
  containers.c = { path = \"/x\"; privateNetwork = true; }; # warning: 50-54 no-interface
  containers.d = { path = \"/x\"; privateNetwork = true; macvlans = [ \"eth2\" ]; };
  containers.e = { path = \"/x\"; privateNetwork = true; hostBridge = \"br0\"; };
}",
    );
}

#[test]
fn a_namespace_is_joined_or_made() {
    check(
        "{
  containers.a = { path = \"/x\"; networkNamespace = \"/run/netns/a\"; privateNetwork = true; }; # error: 85-89 namespace-conflict
  containers.b = { path = \"/x\"; interfaces = [ \"eth1\" ]; networkNamespace = \"/run/netns/b\"; }; # error: 77-91 namespace-conflict
  containers.c = { path = \"/x\"; networkNamespace = \"/run/netns/c\"; };
}",
    );
}

#[test]
fn addresses() {
    check(
        "{
  containers.a = {
    path = \"/x\";
    privateNetwork = true;
    hostAddress = \"10.0.0.1/24\"; # error: 19-32 unexpected-prefix-length (`/24')
    localAddress = \"10.0.0.2/24\"; # error: 20-33 host-bits
    hostAddress6 = \"fc00::1/64\"; # error: 20-32 unexpected-prefix-length
    localAddress6 = \"fc00::2/64\";
  };
  containers.b = {
    path = \"/x\";
    privateNetwork = true;
    hostAddress = \"10.0.0.256\"; # error: 19-31 invalid-address is no IPv4 address
    localAddress = \"fc00::3\"; # warning: 20-29 invalid-address is an IPv6 address
    hostAddress6 = \"10.0.0.1\"; # error: 20-30 invalid-address is no IPv6 address
    localAddress6 = \"web\"; # error: 21-26 invalid-address is no IPv6 address
  };
  containers.c = {
    path = \"/x\";
    privateNetwork = true;
    localAddress = \"10.0.1.2/32\";
    hostAddress = \"10.0.1.2\"; # warning: 19-29 same-address 10.0.1.2
    hostAddress6 = \"fc00::9\";
    localAddress6 = \"fc00::9\"; # error: 21-30 same-address fc00::9
  };
  containers.d = {
    path = \"/x\";
    privateNetwork = true;
    hostBridge = \"br0\";
    localAddress = \"10.0.2.2/24\";
  };
  containers.e = {
    path = \"/x\";
    privateNetwork = true;
    hostAddress = \"10.0.3.1\";
    localAddress = \"10.0.3.2\";
    hostBridge = \"br0\"; # warning: 18-23 bridge-and-host-address `containers.e' has both
    extraVeths.ve-e = {
      hostAddress = \"10.0.4.1/24\"; # error: 21-34 unexpected-prefix-length containers.e.extraVeths.ve-e.hostAddress
      localAddress = \"10.0.4.2\";
      forwardPorts = [ { hostPort = 1; } ]; # warning: 22-43 ignored-on-extra-veth
      localMacAddress = \"02:00:00:00:00:01\"; # warning: 25-44 ignored-on-extra-veth
    };
  };
}",
    );
}

#[test]
fn addresses_that_are_there_twice() {
    check(
        "{
  containers.a = { path = \"/x\"; privateNetwork = true; hostAddress = \"10.0.0.1\"; localAddress = \"10.0.0.2\"; };
  containers.b = { path = \"/x\"; privateNetwork = true; hostAddress = \"10.0.0.1\"; localAddress = \"10.0.0.2\"; }; # error: 97-107 duplicate-address container `a'
  containers.c = { path = \"/x\"; privateNetwork = true; hostAddress = \"10.0.0.9\"; localAddress = \"10.0.0.1\"; }; # warning: 97-107 duplicate-address the host's own one
  containers.d = { path = \"/x\"; privateNetwork = true; hostBridge = \"br0\"; localAddress = \"10.1.0.2/24\"; };
  containers.e = { path = \"/x\"; privateNetwork = true; hostBridge = \"br0\"; localAddress = \"10.1.0.2/24\"; }; # warning: 91-104 duplicate-address container `d'
  containers.f = { path = \"/x\"; privateNetwork = true; hostBridge = \"br1\"; localAddress = \"10.1.0.2/24\"; };
  containers.g = { path = \"/x\"; privateNetwork = false; };
}",
    );
}

#[test]
fn what_one_expression_makes_for_many_is_told_once() {
    let text = "{ lib, ... }:
{
  containers = lib.genAttrs [ \"a\" \"b\" \"c\" ] (name: {
    path = \"/x\";
    privateNetwork = true;
    hostAddress = \"10.0.0.1\";
    localAddress = \"10.0.0.2\"; # error: 20-30 duplicate-address
  });
}";
    check(text);
}

#[test]
fn forwarded_ports() {
    check(
        "{
  containers.a = {
    path = \"/x\";
    privateNetwork = true;
    hostBridge = \"br0\";
    forwardPorts = [
      { hostPort = 80; }
      { hostPort = 80; protocol = \"udp\"; }
      { hostPort = 80; containerPort = 8080; } # error: 20-22 duplicate-port forwarded twice
      { hostPort = 0; } # error: 20-21 port-zero
      { hostPort = 81; containerPort = 0; } # error: 40-41 port-zero
      { hostPort = 82; protocol = \"TCP\"; } # error: 35-40 unknown-protocol
      { hostPort = 83; protocol = \"sctp\"; } # error: 35-41 unknown-protocol
    ];
  };
  containers.b = {
    path = \"/x\";
    privateNetwork = true;
    hostBridge = \"br0\";
    forwardPorts = [ { hostPort = 80; } ]; # warning: 35-37 duplicate-port container `a'
  };
}",
    );
    let found = evaluate_text(
        "{ containers.a = { path = \"/x\"; privateNetwork = true; hostBridge = \"br0\"; forwardPorts = [ { hostPort = 82; protocol = \"TCP\"; } ]; }; }",
    );
    let fix = found.diagnostics[0].fix.as_ref().unwrap();
    assert_eq!((fix.title.as_str(), fix.edits[0].text.as_str()), ("write \"tcp\"", "\"tcp\""));
}

#[test]
fn names_of_interfaces() {
    check(
        "{
  containers.a = {
    path = \"/x\";
    privateNetwork = true;
    extraVeths.ve-much-too-long.hostBridge = \"br0\"; # error: 16-32 invalid-interface-name has 16 bytes
    extraVeths.\"a/b\" = { }; # error: 16-21 invalid-interface-name
    extraVeths.ve-backup = { };
    interfaces = [ \"eth0\" \"\" ]; # error: 27-29 invalid-interface-name
  };
  containers.b = {
    path = \"/x\";
    privateNetwork = true;
    hostBridge = \"bridge-of-the-lan\"; # error: 18-37 invalid-interface-name can not be the name of a bridge
    extraVeths.ve-backup = { }; # error: 16-25 duplicate-interface Container `a' has an interface ve-backup too
    interfaces = [ \"eth0\" ]; # error: 20-26 duplicate-interface moved into container `a' already
  };
}",
    );
    // Both are `ve-a` on the host.
    check(
        "{
  containers.a = { path = \"/x\"; privateNetwork = true; localAddress = \"10.0.0.2\"; };
  containers.b = { path = \"/x\"; privateNetwork = true; extraVeths.ve-a = { }; }; # error: 67-71 duplicate-interface
}",
    );
}

#[test]
fn names_of_containers() {
    check(
        "{
  containers.a_b.path = \"/x\"; # error: 14-17 invalid-container-name '_'
  containers.\"-a\".path = \"/x\"; # error: 14-18 invalid-container-name
  containers.Web.path = \"/x\";
  containers.\"a.b\".path = \"/x\";
}",
    );
}

#[test]
fn mounts() {
    check(
        "{
  containers.a = {
    path = \"/x\";
    bindMounts.\"/my files\" = { }; # error: 16-27 spaces
    bindMounts.b = { hostPath = \"/srv/my files\"; mountPoint = \"/files\"; }; # error: 33-48 spaces
    bindMounts.relative = { }; # error: 16-24 invalid-path is not absolute
    bindMounts.\"/c\".hostPath = \"srv\"; # error: 32-37 invalid-path is not absolute
    bindMounts.\"/a:b\" = { }; # error: 16-22 invalid-path colon
    bindMounts.\"/\".hostPath = \"/srv\";
    bindMounts.\"/new\".hostPath = \"\";
    bindMounts.\"/own\".hostPath = \"+/var\";
    tmpfs = [ \"/tmp:size=5%\" \"var\" \"/a b\" ]; # error: 30-35 invalid-path # error: 36-42 spaces
  };
  containers.b = {
    path = \"/x\";
    bindMounts.\"/data\".hostPath = \"/a\";
    bindMounts.other = { hostPath = \"/b\"; mountPoint = \"/data/\"; }; # warning: 56-64 duplicate-mount
  };
}",
    );
}

#[test]
fn flags_are_split_at_spaces() {
    check(
        "{
  containers.a = {
    path = \"/x\";
    extraFlags = [ \"--bind /srv\" \"--setenv=A=b c\" ]; # error: 34-50 spaces
  };
}",
    );
}

#[test]
fn users_that_are_shifted_own_nothing_of_the_host() {
    check(
        "{
  containers.a = { path = \"/x\"; privateUsers = \"pick\"; bindMounts.\"/srv\" = { }; }; # warning: 67-73 foreign-owner The files of /srv
  containers.b = { path = \"/x\"; privateUsers = 65536; bindMounts.\"/a\".hostPath = \"/srv\"; }; # warning: 82-88 foreign-owner
  containers.c = { path = \"/x\"; privateUsers = \"identity\"; bindMounts.\"/srv\" = { }; };
  containers.d = { path = \"/x\"; privateUsers = 0; bindMounts.\"/srv\" = { }; };
  containers.e = { path = \"/x\"; privateUsers = 4294901761; }; # error: 48-58 invalid-users
}",
    );
}

#[test]
fn devices_and_capabilities() {
    check(
        "{
  containers.a = {
    path = \"/x\";
    additionalCapabilities = [ \"CAP_NET_ADMIN\" \"cap_mknod\" \"all\" \"12\" \"NET_RAW\" \"CAP_NET_ADMN\" ]; # error: 71-80 unknown-capability # error: 81-95 unknown-capability
    allowedDevices = [
      { node = \"/dev/fuse\"; modifier = \"rwx\"; } # warning: 40-45 invalid-device
      { node = \"fuse\"; modifier = \"rw\"; } # warning: 16-22 invalid-device
      { node = \"char-pts\"; modifier = \"mrw\"; }
    ];
  };
}",
    );
    let found = evaluate_text(
        "{ containers.a = { path = \"/x\"; additionalCapabilities = [ \"NET_RAW\" ]; }; }",
    );
    assert_eq!(found.diagnostics[0].fix.as_ref().unwrap().edits[0].text, "\"CAP_NET_RAW\"");
}

#[test]
fn starts() {
    check(
        "{
  containers.a = { path = \"/x\"; restartIfChanged = false; }; # warning: 52-57 restart-without-auto-start
  containers.b = { path = \"/x\"; restartIfChanged = true; }; # warning: 52-56 restart-without-auto-start
  containers.c = { path = \"/x\"; restartIfChanged = 1 == 1; };
  containers.d = { path = \"/x\"; autoStart = true; restartIfChanged = false; };
  containers.e = { path = \"/x\"; timeoutStartSec = \"5 mins\"; }; # warning: 51-59 invalid-timeout
  containers.f = { path = \"/x\"; timeoutStartSec = \"infinity\"; };
  containers.g = { path = \"/x\"; root = \"/srv/g\"; };
  containers.h = { path = \"/x\"; root = \"/srv/g/\"; }; # error: 40-49 shared-root container `g' too
}",
    );
}

#[test]
fn what_containers_wait_for() {
    check(
        "{
  containers.a = { path = \"/x\"; dependsOn = [ \"b\" ]; };
  containers.b = { path = \"/x\"; dependsOn = [ \"c\" \"dba\" ]; }; # error: 51-56 unknown-container \"dba\"
  containers.c = { path = \"/x\"; dependsOn = [ \"a\" ]; }; # error: 47-50 start-cycle a → b → c
  containers.d = { path = \"/x\"; dependsOn = [ \"d\" ]; }; # error: 47-50 start-cycle waits for itself
  containers.e = { path = \"/x\"; dependsOn = [ \"a\" \"b\" ]; };
}",
    );
}

#[test]
fn one_system_for_a_container() {
    check(
        "{ lib, ... }:
{
  containers.a = { config = { }; flake = \"github:x/y\"; }; # error: 42-54 several-systems
  containers.b = { config = { }; path = \"/x\"; }; # error: 41-45 several-systems
  containers.c = { config = { }; path = lib.mkForce \"/x\"; };
  containers.d = { config = { }; path = lib.mkDefault \"/x\"; };
}",
    );
}

#[test]
fn what_is_unknown_is_not_wrong() {
    check(
        "{ pkgs, config, ... }:
{
  containers.a = {
    path = \"/x\";
    privateNetwork = pkgs.a;
    hostAddress = pkgs.b;
    localAddress = \"${pkgs.c}\";
    extraVeths = pkgs.d;
    interfaces = [ pkgs.e ];
    bindMounts.\"/f\".hostPath = \"${pkgs.f}\";
    forwardPorts = [ { hostPort = pkgs.g; protocol = pkgs.h; } ];
    timeoutStartSec = pkgs.i;
    autoStart = pkgs.j;
    restartIfChanged = false;
    privateUsers = pkgs.k;
    extraFlags = pkgs.l;
    additionalCapabilities = [ pkgs.m ];
    dependsOn = [ pkgs.n ];
    limits.memoryMax = pkgs.o;
  };
  containers.b = { path = \"/x\"; privateNetwork = true; localAddress = config.nobody.knows; };
  containers.c = { path = \"/x\"; hostBridge = pkgs.p; interfaces = pkgs.q; networkNamespace = pkgs.r; };
}",
    );
}
