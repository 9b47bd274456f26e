//! What [`Network`] does, seen with `ip`.

use std::net::IpAddr;

use super::super::network::Network;
use super::{in_host, leader, sh};

fn ip(arguments: &str) -> String {
    sh(&format!("ip {arguments}"))
}

/// A veth pair of which one end is used.
fn veth(name: &str) {
    sh(&format!("ip link add {name} type veth peer name {name}p; ip link set {name}p up"));
}

#[test]
#[ignore = "for the end-to-end host"]
fn addresses_come_and_go() {
    in_host();
    let network = Network::of_host().unwrap();
    veth("drv0");
    network.set_up("drv0").unwrap();
    for address in ["10.99.0.1", "10.99.1.1/24", "fd99::1", "fd99:1::1/64"] {
        network.add_address("drv0", address).unwrap();
        network.add_address("drv0", address).unwrap();
        let shown = if address.contains('/') {
            address.to_owned()
        } else {
            format!("{address}/{}", if address.contains(':') { 128 } else { 32 })
        };
        assert_eq!(ip("-o addr show dev drv0").matches(&format!(" {shown} ")).count(), 1);
        let dump = network.dump().unwrap();
        let link = dump.link("drv0").unwrap();
        let (text, length) = shown.split_once('/').unwrap();
        let found = dump.addresses.iter().find(|found| {
            found.interface == link.index && found.address == text.parse::<IpAddr>().unwrap()
        });
        assert_eq!(found.unwrap().prefix_length.to_string(), length);
        network.remove_address("drv0", address).unwrap();
        network.remove_address("drv0", address).unwrap();
        assert!(!ip("-o addr show dev drv0").contains(&shown));
    }
    network.remove_address("there-is-none", "10.0.0.1").unwrap();
    let error = network.add_address("there-is-none", "10.0.0.1").unwrap_err();
    assert!(error.to_string().contains("is the container running?"), "{error}");
    network.add_address("drv0", "10.0.0.300").unwrap_err();
    network.delete_link("drv0").unwrap();
}

#[test]
#[ignore = "for the end-to-end host"]
fn routes_replace_each_other() {
    in_host();
    let network = Network::of_host().unwrap();
    veth("drv1");
    veth("drv2");
    sh("ip link set drv1 up; ip link set drv2 up");
    for (family, destination) in
        [("-4", "10.98.0.2"), ("-4", "10.98.1.0/24"), ("-6", "fd98::2"), ("-6", "fd98:1::/64")]
    {
        let shown = || ip(&format!("{family} route show {destination}"));
        network.add_route("drv1", destination).unwrap();
        network.add_route("drv1", destination).unwrap();
        let by_iproute2 = {
            let ours = shown();
            ip(&format!("{family} route replace {destination} dev drv1"));
            (ours, shown())
        };
        assert_eq!(by_iproute2.0, by_iproute2.1);
        network.add_route("drv2", destination).unwrap();
        assert!(shown().contains("drv2") && !shown().contains("drv1"), "{}", shown());
        // It leads elsewhere: not this one.
        network.remove_route("drv1", destination).unwrap();
        assert!(shown().contains("drv2"));
        let dump = network.dump().unwrap();
        let index = dump.link("drv2").unwrap().index;
        let address: IpAddr = destination.split('/').next().unwrap().parse().unwrap();
        assert!(dump.routes.iter().any(|route| {
            route.destination == Some(address) && route.interface == Some(index) && !route.by_kernel
        }));
        network.remove_route("drv2", destination).unwrap();
        network.remove_route("drv2", destination).unwrap();
        assert_eq!(shown(), "");
    }
    let error = network.add_route("drv1", "10.98.0.2/24").unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("Invalid prefix"), "{source}");
    network.delete_link("drv1").unwrap();
    network.delete_link("drv2").unwrap();
}

#[test]
#[ignore = "for the end-to-end host"]
fn links_join_bridges_and_go() {
    in_host();
    let network = Network::of_host().unwrap();
    veth("drv3");
    sh(
        "ip link add drvbr type bridge; ip link property add dev drv3 altname a-name-that-is-too-long",
    );
    network.set_bridge("drv3", Some("drvbr")).unwrap();
    network.set_bridge("drv3", Some("drvbr")).unwrap();
    network.set_mtu("a-name-that-is-too-long", 1400).unwrap();
    network.set_up("drv3").unwrap();
    let shown = ip("-o -d link show dev drv3");
    assert!(shown.contains("master drvbr") && shown.contains("mtu 1400"), "{shown}");
    assert!(shown.contains("UP"), "{shown}");

    let dump = network.dump().unwrap();
    let link = dump.link("a-name-that-is-too-long").unwrap();
    assert_eq!((link.name.as_str(), link.kind.as_deref()), ("drv3", Some("veth")));
    assert_eq!(link.master, Some(dump.link("drvbr").unwrap().index));
    assert_eq!((link.mtu, link.up, link.peer_namespace), (Some(1400), true, None));
    assert_eq!(link.peer, Some(dump.link("drv3p").unwrap().index));
    assert_eq!(dump.link("drvbr").unwrap().kind.as_deref(), Some("bridge"));
    assert!(dump.link("ve-web").unwrap().peer_namespace.is_some());

    network.set_bridge("drv3", None).unwrap();
    assert!(!ip("-o link show dev drv3").contains("master"));
    network.set_bridge("drv3", Some("no-bridge")).unwrap_err();
    for name in ["drv3", "drv3", "drv3p", "drvbr"] {
        network.delete_link(name).unwrap();
    }
    assert!(network.dump().unwrap().link("drv3p").is_none());
}

#[test]
#[ignore = "for the end-to-end host"]
fn the_inside_of_a_container_is_seen_and_changed() {
    in_host();
    let inside = Network::of_process(leader("web")).unwrap();
    let dump = inside.dump().unwrap();
    let link = dump.link("eth0").unwrap();
    assert!(dump.link("ve-web").is_none());
    let local: IpAddr = "10.77.0.2".parse().unwrap();
    assert!(dump.addresses.iter().any(|a| a.interface == link.index && a.address == local));
    inside.add_address("eth0", "10.77.0.3").unwrap();
    let seen = format!("nsenter --net --target {} ip -o addr show dev eth0", leader("web"));
    assert!(sh(&seen).contains("10.77.0.3/32"));
    inside.remove_address("eth0", "10.77.0.3").unwrap();
    assert!(!sh(&seen).contains("10.77.0.3"));
    // This process has stayed where it was.
    assert!(Network::of_host().unwrap().dump().unwrap().link("ve-web").is_some());
    Network::of_process(4_000_000).unwrap_err();
}

#[test]
#[ignore = "for the end-to-end host"]
fn many_links_are_listed_at_once() {
    in_host();
    let network = Network::of_host().unwrap();
    sh("i=0; while [ $i -lt 200 ]; do echo link add drvn$i type veth peer name drvm$i; \
        echo addr add 10.97.$i.1/32 dev drvn$i; i=$((i+1)); done > /tmp/batch; ip -batch /tmp/batch");
    let start = std::time::Instant::now();
    let dump = network.dump().unwrap();
    println!("{} links listed in {:?}", dump.links.len(), start.elapsed());
    assert_eq!(dump.links.iter().filter(|link| link.name.starts_with("drvn")).count(), 200);
    let ours = |address: &IpAddr| address.to_string().starts_with("10.97.");
    assert_eq!(dump.addresses.iter().filter(|found| ours(&found.address)).count(), 200);
    sh("i=0; while [ $i -lt 200 ]; do echo link del drvn$i; i=$((i+1)); done > /tmp/batch; \
        ip -batch /tmp/batch");
}
