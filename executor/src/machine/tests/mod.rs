//! Tests against a real systemd and kernel. They change the machine that they run on,
//! so they only run in an end-to-end host: `cargo xtask e2e drivers`.

mod guest;
mod machined;
mod nat;
mod network;
mod systemd;

use std::process::Command;

/// Stops a test that does not run where it may.
fn in_host() {
    assert!(
        std::env::var_os("CONEX_E2E").is_some_and(|value| value == "1"),
        "these tests change the machine: run them with `cargo xtask e2e drivers`"
    );
}

/// Runs a shell command that has to succeed, and gives what it printed.
fn sh(script: &str) -> String {
    let output = Command::new("/bin/sh").args(["-ec", script]).output().unwrap();
    assert!(
        output.status.success(),
        "{script}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The first process of a container that `e2e/tests/drivers.sh` has started.
fn leader(machine: &str) -> u32 {
    sh(&format!("machinectl show --property=Leader --value {machine}")).parse().unwrap()
}
