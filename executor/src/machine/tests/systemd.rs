//! What [`Systemd`] does, seen with `systemctl`.

use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::super::bus::Bus;
use super::super::systemd::Systemd;
use super::{in_host, sh};
use crate::HostError;

/// Writes a unit and has systemd read it.
fn unit(systemd: &Systemd, name: &str, service: &str) {
    let path = format!("/etc/systemd/system/{name}");
    std::fs::write(path, format!("[Service]\n{service}\n")).unwrap();
    systemd.daemon_reload().unwrap();
}

fn show(unit: &str, property: &str) -> String {
    sh(&format!("systemctl show --value --property={property} {unit}"))
}

#[test]
#[ignore = "for the end-to-end host"]
fn units_start_stop_and_are_listed() {
    in_host();
    let systemd = Systemd::connect().unwrap();
    unit(&systemd, "drv@.service", "ExecStart=/bin/sleep 1000");
    systemd.start("drv@a.service", None).unwrap();
    let pid = show("drv@a.service", "MainPID");
    systemd.start("drv@a.service", None).unwrap();
    assert_eq!(show("drv@a.service", "MainPID"), pid);

    let listed = systemd.units("drv@*.service").unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].name, "drv@a.service");
    assert_eq!(listed[0].load_state, "loaded");
    assert_eq!((listed[0].active_state.as_str(), &*listed[0].sub_state), ("active", "running"));
    assert_eq!(listed[0].job, None);

    let properties = systemd.properties(&["drv@a.service", "drv@never.service"]).unwrap();
    assert_eq!(properties[0].main_pid.unwrap().to_string(), pid);
    assert_eq!(properties[0].invocation_id, show("drv@a.service", "InvocationID"));
    assert_eq!(properties[0].fragment.as_deref(), Some("/etc/systemd/system/drv@.service"));
    assert!(properties[0].active_since.is_some() && !properties[0].needs_reload);
    assert_eq!(properties[1].main_pid, None);
    assert_eq!(properties[1].active_since, None);

    sh("touch -d '+1 hour' /etc/systemd/system/drv@.service");
    assert!(systemd.properties(&["drv@a.service"]).unwrap()[0].needs_reload);

    systemd.restart("drv@a.service", None).unwrap();
    assert_ne!(show("drv@a.service", "MainPID"), pid);
    systemd.stop("drv@a.service", None).unwrap();
    assert_eq!(show("drv@a.service", "ActiveState"), "inactive");
    systemd.stop("drv@a.service", None).unwrap();
    systemd.stop("there-is-none.service", None).unwrap();
    assert!(systemd.unit_path().unwrap().iter().any(|path| path == "/etc/systemd/system"));
    assert!(systemd.is_wanted("machines.target").unwrap());
    assert!(!systemd.is_wanted("drv@a.service").unwrap());
}

#[test]
#[ignore = "for the end-to-end host"]
fn a_failing_start_tells_the_log_and_does_not_go_on() {
    in_host();
    let systemd = Systemd::connect().unwrap();
    unit(
        &systemd,
        "drv-bad.service",
        "Type=notify\nRestart=on-failure\nExecStart=/bin/sh -c 'echo the reason is this; exit 3'",
    );
    let error = systemd.start("drv-bad.service", None).unwrap_err();
    let HostError::JobFailed { log, .. } = &error else { panic!("{error}") };
    assert!(log.contains("the reason is this"), "{log}");
    thread::sleep(Duration::from_secs(1));
    let restarts = show("drv-bad.service", "NRestarts");
    thread::sleep(Duration::from_secs(1));
    assert_eq!(show("drv-bad.service", "NRestarts"), restarts);
    assert_ne!(show("drv-bad.service", "ActiveState"), "activating");
    // Neither what it left nor the limit of starts is in the way once it is repaired.
    for _ in 0..8 {
        systemd.start("drv-bad.service", None).unwrap_err();
    }
    unit(&systemd, "drv-bad.service", "ExecStart=/bin/sleep 1000");
    systemd.start("drv-bad.service", None).unwrap();
    systemd.stop("drv-bad.service", None).unwrap();

    let error = systemd.start("there-is-none.service", None).unwrap_err();
    assert!(matches!(error, HostError::Refused { .. }), "{error}");
    assert!(error.to_string().contains("there-is-none.service not found"), "{error}");
}

#[test]
#[ignore = "for the end-to-end host"]
fn what_hangs_has_an_end() {
    in_host();
    let systemd = Systemd::connect().unwrap();
    unit(
        &systemd,
        "drv-hangs.service",
        "Type=notify\nTimeoutStartSec=2\nTimeoutStopSec=1\nExecStart=/bin/sleep 1000",
    );
    let start = Instant::now();
    let error = systemd.start("drv-hangs.service", None).unwrap_err();
    assert!(matches!(error, HostError::JobFailed { .. }), "{error}");
    assert!(start.elapsed() < Duration::from_secs(8));

    unit(
        &systemd,
        "drv-hangs.service",
        "Type=notify\nTimeoutStartSec=infinity\nTimeoutStopSec=1\nExecStart=/bin/sleep 1000",
    );
    let error = systemd.start("drv-hangs.service", Some(Duration::from_secs(1))).unwrap_err();
    assert!(matches!(error, HostError::NotInTime { seconds: 1, .. }), "{error}");
    sh(
        "i=0; while systemctl is-active drv-hangs.service | grep -q '^[ad].*ing'; do sleep 0.1; i=$((i+1)); test $i -lt 60; done",
    );

    unit(
        &systemd,
        "drv-deaf.service",
        "TimeoutStopSec=2\nExecStart=/bin/sh -c 'trap : TERM; touch /run/deaf; while :; do sleep 1; done'",
    );
    systemd.start("drv-deaf.service", None).unwrap();
    sh("i=0; until [ -e /run/deaf ]; do sleep 0.1; i=$((i+1)); test $i -lt 60; done");
    let error = systemd.stop("drv-deaf.service", Some(Duration::from_millis(300))).unwrap_err();
    assert!(matches!(error, HostError::NotInTime { .. }), "{error}");
    systemd.stop("drv-deaf.service", None).unwrap();
    assert_eq!(show("drv-deaf.service", "MainPID"), "0");
}

#[test]
#[ignore = "for the end-to-end host"]
fn many_threads_share_one_connection() {
    in_host();
    let systemd = Systemd::connect().unwrap();
    unit(&systemd, "drv-many@.service", "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true");
    thread::scope(|scope| {
        for worker in 0..8 {
            let systemd = &systemd;
            scope.spawn(move || {
                for round in 0..25 {
                    systemd.start(&format!("drv-many@{worker}-{round}.service"), None).unwrap();
                }
            });
        }
    });
    let began = Instant::now();
    let listed = systemd.units("drv-many@*.service").unwrap();
    let listing = began.elapsed();
    assert_eq!(listed.iter().filter(|unit| unit.active_state == "active").count(), 200);
    let names: Vec<&str> = listed.iter().map(|unit| unit.name.as_str()).collect();
    let began = Instant::now();
    assert_eq!(systemd.properties(&names).unwrap().len(), 200);
    println!("200 units: listed in {listing:?}, their properties in {:?}", began.elapsed());
    sh("systemctl stop 'drv-many@*.service'");
}

#[test]
#[ignore = "for the end-to-end host"]
fn limits_change_while_a_unit_runs_and_come_back() {
    in_host();
    let systemd = Systemd::connect().unwrap();
    let name = "drv-limits.service";
    unit(&systemd, name, "ExecStart=/bin/sleep 1000");
    systemd.start(name, None).unwrap();
    let pid = show(name, "MainPID");
    let default_tasks = show(name, "TasksMax");
    for (setting, value, property, shown) in [
        ("MemoryMax", "100M", "MemoryMax", "104857600"),
        ("MemoryHigh", "1.5G", "MemoryHigh", "1610612736"),
        ("MemoryHigh", "1G 500M", "MemoryHigh", "1598029824"),
        ("MemorySwapMax", "0", "MemorySwapMax", "0"),
        ("TasksMax", "77", "TasksMax", "77"),
        ("CPUQuota", "12.5%", "CPUQuotaPerSecUSec", "125ms"),
        ("CPUWeight", "200", "CPUWeight", "200"),
        ("CPUWeight", "idle", "CPUWeight", "idle"),
        ("IOWeight", "300", "IOWeight", "300"),
        ("MemoryMax", "", "MemoryMax", "infinity"),
        ("CPUQuota", "", "CPUQuotaPerSecUSec", "infinity"),
        ("CPUWeight", "", "CPUWeight", "[not set]"),
        ("TasksMax", "", "TasksMax", default_tasks.as_str()),
    ] {
        systemd.set_unit_properties(name, &[(setting, value)]).unwrap();
        assert_eq!(show(name, property), shown, "{setting}={value}");
    }
    systemd.set_unit_properties(name, &[("MemoryMax", "50%"), ("TasksMax", "50%")]).unwrap();
    let live = (show(name, "MemoryMax"), show(name, "TasksMax"));
    unit(&systemd, name, "ExecStart=/bin/sleep 1000\nMemoryMax=50%\nTasksMax=50%");
    sh("rm -rf /run/systemd/system.control; systemctl daemon-reload");
    assert_eq!(live, (show(name, "MemoryMax"), show(name, "TasksMax")));
    assert_eq!(show(name, "MainPID"), pid);
    systemd.set_unit_properties(name, &[("MemoryMax", "0")]).unwrap_err();
    systemd.stop(name, None).unwrap();
}

/// The system's bus behind a socket that can be made to die or to hang; the test itself
/// needs the bus.
struct Proxy {
    path: String,
    state: Arc<Mutex<(bool, Vec<UnixStream>)>>,
}

impl Proxy {
    fn new(name: &str) -> Self {
        let path = format!("/run/{name}");
        let listener = UnixListener::bind(&path).unwrap();
        let state = Arc::new(Mutex::new((false, Vec::new())));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let bus = UnixStream::connect("/run/dbus/system_bus_socket").unwrap();
                let mut state = shared.lock().unwrap();
                state.1.extend([client.try_clone().unwrap(), bus.try_clone().unwrap()]);
                if !state.0 {
                    copy(&client, &bus);
                    copy(&bus, &client);
                }
            }
        });
        Self { path, state }
    }

    fn connect(&self) -> Result<Systemd, HostError> {
        let address = format!("unix:path={}", self.path);
        Bus::open(zbus::connection::Builder::address(address.as_str())).and_then(Systemd::over)
    }

    /// Answers nobody who comes from now on.
    fn hang(&self) {
        self.state.lock().unwrap().0 = true;
    }

    fn die(&self) {
        std::fs::remove_file(&self.path).unwrap();
        for stream in &self.state.lock().unwrap().1 {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn copy(from: &UnixStream, to: &UnixStream) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    thread::spawn(move || std::io::copy(&mut from, &mut to));
}

#[test]
#[ignore = "for the end-to-end host"]
fn a_dead_bus_is_told_at_once_and_a_hanging_one_after_a_while() {
    in_host();
    let proxy = Proxy::new("drv-bus");
    let systemd = proxy.connect().unwrap();
    unit(
        &systemd,
        "drv-slow.service",
        "Type=notify\nTimeoutStartSec=60\nTimeoutStopSec=1\nExecStart=/bin/sleep 1000",
    );
    proxy.hang();
    let began = Instant::now();
    let hanging = proxy.connect().unwrap_err();
    assert!(hanging.to_string().contains("no answer within"), "{hanging}");
    assert!(began.elapsed() < Duration::from_secs(20));

    thread::scope(|scope| {
        let waiting = scope.spawn(|| systemd.start("drv-slow.service", None));
        thread::sleep(Duration::from_millis(500));
        let began = Instant::now();
        proxy.die();
        let error = waiting.join().unwrap().unwrap_err();
        assert!(matches!(error, HostError::NoBus { .. }), "{error}");
        assert!(began.elapsed() < Duration::from_secs(10));
    });
    let gone = systemd.units("*").unwrap_err();
    assert!(matches!(gone, HostError::NoBus { .. }), "{gone}");
    let dead = proxy.connect().unwrap_err();
    assert!(matches!(dead, HostError::NoBus { .. }), "{dead}");
    Systemd::connect().unwrap().stop("drv-slow.service", None).unwrap();
}
