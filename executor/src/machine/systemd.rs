//! systemd over D-Bus: units listed, jobs followed to their end, limits changed.

use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use zbus::{OwnedObjectPath, OwnedVariant, Variant};

use super::bus::{Bus, Call, Service, error_name};
use super::jobs::Ended;
use super::limits::{self, Number, Property};
use super::process;
use crate::HostError;

const SYSTEMD: Service = Service {
    title: "systemd",
    name: "org.freedesktop.systemd1",
    path: "/org/freedesktop/systemd1",
    manager: "org.freedesktop.systemd1.Manager",
};
const UNIT: &str = "org.freedesktop.systemd1.Unit";
const SERVICE: &str = "org.freedesktop.systemd1.Service";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const NO_SUCH_UNIT: &str = "org.freedesktop.systemd1.NoSuchUnit";

/// What is granted to a job on top of the unit's own timeouts.
const MARGIN: Duration = Duration::from_secs(15);
/// The longest wait, whatever a unit says: `infinity` is no bound.
const LONGEST: Duration = Duration::from_secs(3600);
/// For the log of a unit that failed.
const LOG_TIMEOUT: Duration = Duration::from_secs(10);
const LOG_LINES: &str = "20";

/// The connection to systemd. Threads may share it.
#[derive(Debug)]
pub(crate) struct Systemd {
    bus: Bus,
}

/// A unit as systemd lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unit {
    /// `container@web.service`.
    pub(crate) name: String,
    /// `loaded`, `not-found`, `masked`, `bad-setting`, `error`.
    pub(crate) load_state: String,
    /// `active`, `inactive`, `failed`, `activating`, `deactivating`, `reloading`.
    pub(crate) active_state: String,
    /// `running`, `dead`, `auto-restart` and many more.
    pub(crate) sub_state: String,
    /// The kind of the job that waits or runs for it: `start`.
    pub(crate) job: Option<String>,
}

/// What systemd knows of a service beyond the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Properties {
    /// `None`: it has no process.
    pub(crate) main_pid: Option<u32>,
    /// In hex; empty when it was never started.
    pub(crate) invocation_id: String,
    /// Microseconds since 1970; `None` when it was never active.
    pub(crate) active_since: Option<u64>,
    /// Whether its file has changed since systemd read it.
    pub(crate) needs_reload: bool,
    /// The file that it was read from.
    pub(crate) fragment: Option<String>,
    /// `success`, or how it failed: `exit-code`, `timeout`, `signal`.
    pub(crate) result: String,
}

/// What is done with a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Start,
    Stop,
    Restart,
}

impl Verb {
    fn method(self) -> &'static str {
        match self {
            Self::Start => "StartUnit",
            Self::Stop => "StopUnit",
            Self::Restart => "RestartUnit",
        }
    }

    fn participle(self) -> &'static str {
        match self {
            Self::Start => "started",
            Self::Stop => "stopped",
            Self::Restart => "restarted",
        }
    }
}

type Listed =
    (String, String, String, String, String, String, OwnedObjectPath, u32, String, OwnedObjectPath);

impl Systemd {
    /// Connects to the systemd of this machine.
    pub(crate) fn connect() -> Result<Self, HostError> {
        Self::over(Bus::connect()?)
    }

    pub(super) fn over(bus: Bus) -> Result<Self, HostError> {
        // Without it systemd sends no signals.
        bus.manager::<_, ()>(SYSTEMD, "Subscribe", &())
            .map_err(|error| SYSTEMD.error("tell of its jobs", &error))?;
        Ok(Self { bus })
    }

    /// The connection, for the other services on it.
    pub(super) fn bus(&self) -> &Bus {
        &self.bus
    }

    /// The loaded units whose names match a pattern as of a shell, with one request.
    pub(crate) fn units(&self, pattern: &str) -> Result<Vec<Unit>, HostError> {
        let states: [&str; 0] = [];
        let patterns = [pattern];
        let body = (states.as_slice(), patterns.as_slice());
        let listed: Vec<Listed> = self
            .bus
            .manager(SYSTEMD, "ListUnitsByPatterns", &body)
            .map_err(|error| SYSTEMD.error(format!("list the units {pattern}"), &error))?;
        Ok(listed.into_iter().map(unit).collect())
    }

    /// Starts a unit and waits until it has. One that is active stays as it is; one that
    /// fails is stopped, so that systemd does not go on trying.
    pub(crate) fn start(&self, unit: &str, timeout: Option<Duration>) -> Result<(), HostError> {
        self.run_job(Verb::Start, unit, timeout)
    }

    /// Stops a unit and waits until it has. One that is not loaded is stopped. That it
    /// had to be killed is an error: it has not written what it wanted to.
    pub(crate) fn stop(&self, unit: &str, timeout: Option<Duration>) -> Result<(), HostError> {
        let text = |interface, name| self.property(&object_path(unit), interface, name);
        let text = |interface, name| text(interface, name).and_then(String::try_from);
        let runs = text(UNIT, "ActiveState").is_ok_and(|state| state == "active");
        self.run_job(Verb::Stop, unit, timeout)?;
        if runs && text(SERVICE, "Result").is_ok_and(|result| result == "timeout") {
            return Err(HostError::Killed { unit: unit.to_owned() });
        }
        Ok(())
    }

    /// Stops and starts a unit, as those do.
    pub(crate) fn restart(&self, unit: &str, timeout: Option<Duration>) -> Result<(), HostError> {
        self.run_job(Verb::Restart, unit, timeout)
    }

    /// Has systemd read all unit files again.
    pub(crate) fn daemon_reload(&self) -> Result<(), HostError> {
        self.bus
            .manager(SYSTEMD, "Reload", &())
            .map_err(|error| SYSTEMD.error("read the unit files again", &error))
    }

    /// Changes settings of a loaded unit, until it is next read, without a file. Names
    /// and values are those of a unit file; an empty value takes a limit away.
    pub(crate) fn set_unit_properties(
        &self,
        unit: &str,
        settings: &[(&str, &str)],
    ) -> Result<(), HostError> {
        let parsed: Vec<Property> = settings
            .iter()
            .map(|(setting, value)| limits::parse(setting, value))
            .collect::<Result<_, _>>()?;
        let mut properties: Vec<(&str, Variant<'_>)> = Vec::new();
        for Property { name, value } in parsed {
            let value = match value {
                Number::U32(number) => Variant::from(number),
                Number::U64(number) => Variant::from(number),
                Number::DefaultTasks => Variant::from(self.default_tasks()?),
            };
            properties.push((name, value));
        }
        self.bus
            .manager(SYSTEMD, "SetUnitProperties", &(unit, true, properties))
            .map_err(|error| SYSTEMD.error(format!("change the limits of {unit}"), &error))
    }

    /// What systemd knows of services, in the order of their names. All are asked for at
    /// once. A service that is not loaded has nothing to tell.
    pub(crate) fn properties(&self, units: &[&str]) -> Result<Vec<Properties>, HostError> {
        let paths: Vec<String> = units.iter().map(|unit| object_path(unit)).collect();
        let wanted = [
            (SERVICE, "MainPID"),
            (UNIT, "InvocationID"),
            (UNIT, "ActiveEnterTimestamp"),
            (UNIT, "NeedDaemonReload"),
            (UNIT, "FragmentPath"),
            (SERVICE, "Result"),
        ];
        let calls = paths.iter().flat_map(|path| {
            let call = Call { path, interface: PROPERTIES, method: "Get" };
            wanted.map(|body| (call, body))
        });
        let answers: Vec<Result<OwnedVariant, zbus::Error>> = self.bus.all(SYSTEMD, calls);
        answers
            .chunks(wanted.len())
            .zip(units)
            .map(|(answers, unit)| {
                properties(answers)
                    .map_err(|error| SYSTEMD.error(format!("tell of {unit}"), &error))
            })
            .collect()
    }

    /// The directories where systemd looks for unit files, the first one first.
    pub(crate) fn unit_path(&self) -> Result<Vec<String>, HostError> {
        let paths = self.manager_property("UnitPath")?;
        paths.try_into().map_err(|error: zbus::Error| SYSTEMD.error("tell its unit path", &error))
    }

    /// Whether a unit that is loaded, or can be, is part of another one.
    pub(crate) fn is_wanted(&self, unit: &str) -> Result<bool, HostError> {
        let failed = |error| SYSTEMD.error(format!("tell what wants {unit}"), &error);
        let path: OwnedObjectPath = self.bus.manager(SYSTEMD, "LoadUnit", &unit).map_err(failed)?;
        for property in ["WantedBy", "RequiredBy", "UpheldBy"] {
            let names = self.property(path.as_str(), UNIT, property).and_then(Vec::try_from);
            // Not every version has every one.
            if names.is_ok_and(|names: Vec<String>| !names.is_empty()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn default_tasks(&self) -> Result<u64, HostError> {
        self.manager_property("DefaultTasksMax")?
            .try_into()
            .map_err(|error: zbus::Error| SYSTEMD.error("tell DefaultTasksMax", &error))
    }

    fn manager_property(&self, name: &str) -> Result<OwnedVariant, HostError> {
        self.property(SYSTEMD.path, SYSTEMD.manager, name)
            .map_err(|error| SYSTEMD.error(format!("tell {name}"), &error))
    }

    fn property(
        &self,
        path: &str,
        interface: &str,
        name: &str,
    ) -> Result<OwnedVariant, zbus::Error> {
        let call = Call { path, interface: PROPERTIES, method: "Get" };
        let mut answers = self.bus.all(SYSTEMD, [(call, (interface, name))]);
        answers.pop().unwrap_or(Err(zbus::Error::InvalidReply))
    }

    fn run_job(&self, verb: Verb, unit: &str, timeout: Option<Duration>) -> Result<(), HostError> {
        if verb != Verb::Stop {
            self.reset_failed(unit)?;
        }
        let timeout = timeout.unwrap_or_else(|| self.patience(verb, unit));
        let began = SystemTime::now();
        let following = self.bus.jobs().follow();
        let job: OwnedObjectPath =
            match self.bus.manager(SYSTEMD, verb.method(), &(unit, "replace")) {
                Ok(job) => job,
                Err(error) if verb == Verb::Stop && error_name(&error) == Some(NO_SUCH_UNIT) => {
                    return Ok(());
                }
                Err(error) => {
                    let operation = format!("have {unit} {}", verb.participle());
                    return Err(SYSTEMD.error(operation, &error));
                }
            };
        let id = job_id(&job);
        match following.wait(id, Instant::now() + timeout) {
            Ended::With(result) if result == "done" => Ok(()),
            Ended::With(result) => {
                if verb != Verb::Stop {
                    self.give_up(unit);
                }
                Err(failed_job(verb, unit, &result, began))
            }
            Ended::Late => {
                self.give_up_job(verb, unit, id);
                Err(late(verb, unit, timeout))
            }
            Ended::Unheard => Err(HostError::NoBus {
                reason: format!("the connection broke while {unit} was {}", verb.participle()),
            }),
        }
    }

    /// The unit's own timeouts bound a job, each of its commands having them anew.
    fn patience(&self, verb: Verb, unit: &str) -> Duration {
        let path = object_path(unit);
        let microseconds = |name| {
            let value = self.property(&path, SERVICE, name).and_then(u64::try_from);
            value.unwrap_or(u64::MAX)
        };
        let start = microseconds("TimeoutStartUSec");
        let stop = microseconds("TimeoutStopUSec");
        let own = match verb {
            Verb::Stop => stop.saturating_mul(2),
            Verb::Start | Verb::Restart => start.saturating_add(stop).saturating_mul(2),
        };
        Duration::from_micros(own).saturating_add(MARGIN).min(LONGEST)
    }

    /// A unit that failed before would count its restarts on.
    fn reset_failed(&self, unit: &str) -> Result<(), HostError> {
        match self.bus.manager::<_, ()>(SYSTEMD, "ResetFailedUnit", &unit) {
            Err(error) if error_name(&error) != Some(NO_SUCH_UNIT) => {
                Err(SYSTEMD.error(format!("forget the failure of {unit}"), &error))
            }
            _ => Ok(()),
        }
    }

    /// Stops a unit whose start failed; with `Restart=on-failure` systemd would go on
    /// trying. That this fails as well tells nothing new.
    fn give_up(&self, unit: &str) {
        let timeout = self.patience(Verb::Stop, unit);
        let following = self.bus.jobs().follow();
        let job: Result<OwnedObjectPath, _> =
            self.bus.manager(SYSTEMD, Verb::Stop.method(), &(unit, "replace"));
        if let Ok(job) = job {
            following.wait(job_id(&job), Instant::now() + timeout);
        }
    }

    /// Takes back a job that came to no end. What hangs is not waited for.
    fn give_up_job(&self, verb: Verb, unit: &str, id: u32) {
        if verb == Verb::Stop {
            let _: Result<(), _> = self.bus.manager(SYSTEMD, "CancelJob", &id);
        } else {
            // Replaces the job.
            let _: Result<OwnedObjectPath, _> =
                self.bus.manager(SYSTEMD, Verb::Stop.method(), &(unit, "replace"));
        }
    }
}

fn unit(listed: Listed) -> Unit {
    let (name, _, load_state, active_state, sub_state, _, _, job, job_kind, _) = listed;
    let job = (job != 0).then_some(job_kind);
    Unit { name, load_state, active_state, sub_state, job }
}

/// From the answers in the order in which they were asked for.
fn properties(answers: &[Result<OwnedVariant, zbus::Error>]) -> Result<Properties, zbus::Error> {
    let answer = |at: usize| match answers.get(at) {
        Some(Ok(value)) => Ok(value),
        Some(Err(error)) => Err(error.clone()),
        None => Err(zbus::Error::InvalidReply),
    };
    let id: Vec<u8> = answer(1)?.clone().try_into()?;
    let main_pid: u32 = answer(0)?.try_into()?;
    let active_since: u64 = answer(2)?.try_into()?;
    let fragment: &str = answer(4)?.try_into()?;
    let result: &str = answer(5)?.try_into()?;
    Ok(Properties {
        main_pid: (main_pid != 0).then_some(main_pid),
        invocation_id: id.iter().map(|byte| format!("{byte:02x}")).collect(),
        active_since: (active_since != 0).then_some(active_since),
        needs_reload: answer(3)?.try_into()?,
        fragment: (!fragment.is_empty()).then(|| fragment.to_owned()),
        result: result.to_owned(),
    })
}

/// The object of a unit: all but letters and digits is written in hex
/// (`bus_label_escape` in systemd's sources).
fn object_path(unit: &str) -> String {
    let mut path = format!("{}/unit/", SYSTEMD.path);
    for (at, byte) in unit.bytes().enumerate() {
        if byte.is_ascii_alphabetic() || (at > 0 && byte.is_ascii_digit()) {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("_{byte:02x}"));
        }
    }
    path
}

/// The number at the end of a job's path. No job has the number 0.
fn job_id(job: &OwnedObjectPath) -> u32 {
    job.as_str().rsplit('/').next().and_then(|id| id.parse().ok()).unwrap_or(0)
}

fn failed_job(verb: Verb, unit: &str, result: &str, began: SystemTime) -> HostError {
    let words = match result {
        "failed" => "it failed".to_owned(),
        "timeout" => "it took longer than its unit allows".to_owned(),
        "dependency" => {
            "something that it needs failed (`systemctl list-dependencies` shows what)".to_owned()
        }
        "canceled" => "someone else stopped or changed it meanwhile; apply again".to_owned(),
        "skipped" => "it is not applicable in its present state".to_owned(),
        other => format!("the job ended with {other}"),
    };
    HostError::JobFailed {
        unit: unit.to_owned(),
        verb: verb.participle(),
        result: words,
        log: log_since(unit, began),
    }
}

fn late(verb: Verb, unit: &str, timeout: Duration) -> HostError {
    let hint = match verb {
        Verb::Stop => "it may go on stopping; `systemctl kill --signal=KILL` ends it",
        Verb::Start | Verb::Restart => "it is being stopped; `journalctl --unit` may tell why",
    };
    HostError::NotInTime {
        what: format!("{unit}, to be {},", verb.participle()),
        seconds: timeout.as_secs(),
        hint: hint.into(),
    }
}

/// The last that a unit logged since then; empty if that can not be had.
fn log_since(unit: &str, began: SystemTime) -> String {
    let Ok(journalctl) = process::find("journalctl") else { return String::new() };
    // What is on its way to the journal belongs to it.
    let _ = process::run(Command::new(&journalctl).arg("--sync"), LOG_TIMEOUT);
    let since = began.duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut command = Command::new(&journalctl);
    command
        .args(["--unit", unit, "--output=cat", "--no-pager", "--quiet", "--lines", LOG_LINES])
        .arg(format!("--since=@{}.{:06}", since.as_secs(), since.subsec_micros()));
    match process::run(&mut command, LOG_TIMEOUT) {
        Ok(finished) if finished.success() => finished.output,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_have_the_paths_that_systemd_gives_them() {
        // A systemd is asked for units by such paths in `tests/systemd.rs`.
        assert_eq!(
            object_path("container@web-1.service"),
            "/org/freedesktop/systemd1/unit/container_40web_2d1_2eservice"
        );
        assert_eq!(object_path("9.mount"), "/org/freedesktop/systemd1/unit/_39_2emount");
    }

    #[test]
    fn the_number_of_a_job_is_the_end_of_its_path() {
        let job = OwnedObjectPath::try_from("/org/freedesktop/systemd1/job/1234").unwrap();
        assert_eq!(job_id(&job), 1234);
    }
}
