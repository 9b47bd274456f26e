//! What [`PortMap`] does, seen with `nft` and with connections.

use std::io::Read;
use std::net::TcpStream;
use std::time::Duration;

use super::super::nat::{Forwarding, PortMap, Protocol};
use super::{in_host, sh};

fn elements(family: &str) -> String {
    sh(&format!("nft list map {family} io.systemd.nat map_port_ipport"))
}

fn forwarding(protocol: Protocol, host_port: u16, address: &str, port: u16) -> Forwarding {
    let address = address.parse().unwrap();
    Forwarding { protocol, host_port, address, container_port: port }
}

#[test]
#[ignore = "for the end-to-end host"]
fn ports_are_forwarded_while_a_container_runs() {
    in_host();
    let map = PortMap::open().unwrap();
    assert!(map.exists(false).unwrap());
    let before = elements("ip");
    assert!(before.contains("8080 : 10.77.0.2 . 80"), "{before}");
    let tcp = forwarding(Protocol::Tcp, 9090, "10.77.0.2", 90);
    let udp = forwarding(Protocol::Udp, 9090, "10.77.0.2", 53);
    let six = forwarding(Protocol::Tcp, 9090, "fd77::2", 90);
    for forwarding in [&tcp, &udp, &six] {
        map.add(forwarding).unwrap();
        map.add(forwarding).unwrap();
    }
    let shown = elements("ip");
    assert!(shown.contains("9090 : 10.77.0.2 . 90"), "{shown}");
    assert!(shown.contains("9090 : 10.77.0.2 . 53"), "{shown}");
    assert!(elements("ip6").contains("9090 : fd77::2 . 90"));

    let address = "10.77.0.1:9090".parse().unwrap();
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5)).unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    assert_eq!(said, "hello\n");

    let other = forwarding(Protocol::Tcp, 9090, "10.77.0.9", 90);
    let error = map.add(&other).unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source, "the port is forwarded to 10.77.0.2:90 already");
    // Not what this one asks to be removed.
    map.remove(&other).unwrap();
    assert_eq!(elements("ip"), shown);

    for forwarding in [&tcp, &udp, &six] {
        map.remove(forwarding).unwrap();
        map.remove(forwarding).unwrap();
    }
    assert_eq!(elements("ip"), before);
    assert!(TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err());
    // What systemd-nspawn made can be taken away, and comes back.
    let own = forwarding(Protocol::Tcp, 8080, "10.77.0.2", 80);
    map.remove(&own).unwrap();
    assert!(!elements("ip").contains("8080"));
    map.add(&own).unwrap();
    assert_eq!(elements("ip"), before);
}

#[test]
#[ignore = "for the end-to-end host"]
fn without_the_map_it_is_said_what_to_do() {
    in_host();
    sh("nft list table ip io.systemd.nat > /tmp/saved; nft delete table ip io.systemd.nat");
    let map = PortMap::open().unwrap();
    assert!(!map.exists(false).unwrap());
    let tcp = forwarding(Protocol::Tcp, 9090, "10.77.0.2", 90);
    map.remove(&tcp).unwrap();
    let error = map.add(&tcp).unwrap_err();
    sh("nft -f /tmp/saved");
    assert!(error.to_string().contains("restart the container"), "{error}");
    assert!(map.exists(false).unwrap());
}
