//! A running container seen from the host: what is in it, and programs run in it.
//!
//! What is inside belongs to the guest. Paths are resolved by the kernel below the
//! guest's own root, whatever links the guest has made, and what a link says is believed
//! only if it looks like a store path.

use std::ffi::CString;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::path::{Component, Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{Mode, OFlags, ResolveFlags, openat2, readlinkat};
use rustix::io::Errno;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::process::{self, Finished};
use crate::HostError;

/// What a program in a guest finds as its PATH.
const PATH: &str = "/run/wrappers/bin:/run/current-system/sw/bin:/nix/var/nix/profiles/default/bin:\
                    /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// What is set for it: nothing of the environment of conex.
const ENVIRONMENT: [(&str, &str); 4] =
    [("PATH", PATH), ("HOME", "/root"), ("USER", "root"), ("LOGNAME", "root")];
/// The most that is read of a file of the guest.
const SMALL: u64 = 64 * 1024;
/// For a program that has a terminal of its own.
const ON_TERMINAL: [&str; 3] = [
    "--property=StandardInput=tty",
    "--property=StandardOutput=tty",
    "--property=StandardError=tty",
];
/// The kinds of namespaces besides that of processes, and nsenter's options for them.
const NAMESPACES: [(&str, &str); 6] = [
    ("user", "--user"),
    ("mnt", "--mount"),
    ("uts", "--uts"),
    ("ipc", "--ipc"),
    ("net", "--net"),
    ("cgroup", "--cgroup"),
];
/// Where the bus of a guest listens.
const BUS: &str = "/run/dbus/system_bus_socket";
/// What an activation is granted to be told of its end.
const MARGIN: Duration = Duration::from_secs(10);
/// More links than that are between a profile and its system in no guest.
const LINKS: usize = 4;
/// Making device nodes: a program that is not in the guest's control group is not held
/// back by its list of devices.
const CAP_MKNOD: u32 = 27;

/// A running container.
#[derive(Debug)]
pub(crate) struct Guest {
    machine: String,
    leader: u32,
    root: OwnedFd,
}

/// A program that was started in a guest.
#[derive(Debug)]
pub(crate) struct Spawned {
    /// The program, or what stands for it on the host.
    pub(crate) child: Child,
    /// The unit that the guest's systemd runs it as; without one it is `child` itself.
    pub(crate) unit: Option<String>,
}

impl Guest {
    /// The guest with this first process.
    pub(crate) fn open(machine: &str, leader: u32) -> Result<Self, HostError> {
        let path = format!("/proc/{leader}/root");
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        match rustix::fs::open(&path, flags, Mode::empty()) {
            Ok(root) => Ok(Self { machine: machine.to_owned(), leader, root }),
            Err(Errno::NOENT | Errno::SRCH) => {
                Err(refused(machine, "does not run (any more): start it first"))
            }
            Err(error) => Err(HostError::io("open", path, error)),
        }
    }

    /// The system that the guest says it runs.
    pub(crate) fn running_system(&self) -> Option<String> {
        self.system_at(Path::new("/run/current-system"))
    }

    /// The system that the guest's own profile leads to.
    pub(crate) fn profile_system(&self) -> Option<String> {
        self.system_at(Path::new("/nix/var/nix/profiles/system"))
    }

    /// Whether programs can be run through the guest's systemd.
    pub(crate) fn has_bus(&self) -> bool {
        use rustix::fs::FileType;
        let stat = self.find(Path::new(BUS)).and_then(rustix::fs::fstat);
        stat.is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Socket)
    }

    /// Whether the guest's first process is a systemd.
    pub(crate) fn has_systemd(&self) -> bool {
        self.find(Path::new("/run/systemd/private")).is_ok()
    }

    /// Whether a file of the host is what is at a path in the guest: mounted there.
    pub(crate) fn shows(&self, source: &Path, target: &Path) -> Result<bool, HostError> {
        let failed = |error| HostError::io("look at", source.display().to_string(), error);
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let outside = rustix::fs::open(source, flags, Mode::empty())
            .and_then(rustix::fs::fstat)
            .map_err(failed)?;
        let inside = self.find(target).and_then(rustix::fs::fstat);
        Ok(inside
            .is_ok_and(|inside| (inside.st_dev, inside.st_ino) == (outside.st_dev, outside.st_ino)))
    }

    /// Activates a system inside, as NixOS does when it is switched to, without making it
    /// the one that boots.
    pub(crate) fn activate(&self, system: &str, timeout: Duration) -> Result<(), HostError> {
        if !is_store_path(system) {
            return Err(HostError::BadPath { path: system.to_owned() });
        }
        let program = format!("{system}/bin/switch-to-configuration");
        let mut command = if self.has_bus() {
            let mut command = self.through_systemd()?;
            command.arg("--pipe");
            // A program that hangs is ended inside, too.
            command.arg(format!("--property=RuntimeMaxSec={}", timeout.as_secs().max(1)));
            command.arg("--").arg(argument(&program));
            command
        } else {
            let mut command = self.through_namespaces(&["--pid"])?;
            command.arg(&program);
            command
        };
        command.arg("test");
        let finished = process::run(&mut command, timeout.saturating_add(MARGIN))?;
        let what = format!("the activation of {system} in {}", self.machine);
        if finished.status.is_none() {
            return Err(HostError::NotInTime {
                what,
                seconds: timeout.as_secs(),
                hint: format!("restart {} to have the system", self.machine),
            });
        }
        if finished.success() { Ok(()) } else { Err(failed(what, finished)) }
    }

    /// Runs a program in the guest with the streams that the caller gives, or through its
    /// systemd on a terminal of its own. `systemd-run --pty` (252) would take one of the
    /// host's that has the same number.
    pub(crate) fn spawn(
        &self,
        program: &[&str],
        terminal: Option<&str>,
        prepare: impl FnOnce(&mut Command),
    ) -> Result<Spawned, HostError> {
        let (name, arguments) = program
            .split_first()
            .ok_or_else(|| refused(&self.machine, "was given no program to run"))?;
        let name = self.resolve(name)?;
        if self.has_bus() {
            let unit = unit_name();
            let mut command = self.through_systemd()?;
            command.arg(format!("--unit={unit}"));
            match terminal {
                Some(path) => {
                    command.args(ON_TERMINAL).arg(format!("--property=TTYPath={path}"));
                    command.stdin(Stdio::null()).stdout(Stdio::null());
                }
                None => {
                    command.arg("--pipe");
                }
            }
            for (variable, value) in ENVIRONMENT {
                command.arg(format!("--setenv={variable}={value}"));
            }
            if std::env::var_os("TERM").is_some() {
                command.arg("--setenv=TERM");
            }
            // The terminal is not for systemd-run, which Ctrl-C would end.
            command.process_group(0);
            command.arg("--").arg(argument(&name));
            command.args(arguments.iter().map(|word| argument(word)));
            prepare(&mut command);
            let child = command.spawn().map_err(|error| not_run(&command, &error))?;
            return Ok(Spawned { child, unit: Some(unit) });
        }
        let mut command = self.through_namespaces(&["--no-fork"])?;
        command.arg(name).args(arguments);
        prepare(&mut command);
        Ok(Spawned { child: self.spawn_among_its_processes(command)?, unit: None })
    }

    /// The shell that root logs in with.
    pub(crate) fn login_shell(&self) -> String {
        let users = self.read(Path::new("/etc/passwd")).unwrap_or_default();
        let root = users.lines().find_map(|line| line.strip_prefix("root:"));
        let shell = root.and_then(|fields| fields.rsplit(':').next());
        shell.filter(|shell| shell.starts_with('/')).unwrap_or("sh").to_owned()
    }

    /// Where a program is, as a shell in the guest would find it.
    fn resolve(&self, program: &str) -> Result<String, HostError> {
        let candidates = match program {
            absolute if absolute.starts_with('/') => vec![absolute.to_owned()],
            relative if relative.contains('/') => vec![format!("/{relative}")],
            name => PATH.split(':').map(|directory| format!("{directory}/{name}")).collect(),
        };
        candidates.into_iter().find(|path| self.is_program(Path::new(path))).ok_or_else(|| {
            let looked = if program.contains('/') { "" } else { ": it is not in its PATH" };
            refused(&self.machine, &format!("has no program {program}{looked}"))
        })
    }

    fn is_program(&self, path: &Path) -> bool {
        use rustix::fs::FileType;
        let stat = self.find(path).and_then(rustix::fs::fstat);
        stat.is_ok_and(|stat| {
            FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
                && stat.st_mode & 0o111 != 0
        })
    }

    /// The beginning of a small file.
    fn read(&self, path: &Path) -> Option<String> {
        use std::io::Read as _;
        // A pipe that the guest put there must not make conex wait.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = openat2(&self.root, path, flags, Mode::empty(), inside()).ok()?;
        let mut bytes = Vec::new();
        std::fs::File::from(file).take(SMALL).read_to_end(&mut bytes).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The program is to be a child of conex and yet one of the guest's processes: whatever
    /// stands between them would end at Ctrl-C when the program does not. Only children
    /// of a thread that has entered the guest's processes are, so there is one for it.
    fn spawn_among_its_processes(&self, mut command: Command) -> Result<Child, HostError> {
        let path = format!("/proc/{}/ns/pid", self.leader);
        let processes = std::fs::File::open(&path)
            .map_err(|error| HostError::io("open", path.as_str(), error))?;
        let enter = move || {
            move_into_link_name_space(processes.as_fd(), Some(LinkNameSpaceType::ProcessID))
                .map_err(|error| HostError::io("enter", path.as_str(), error))?;
            command.spawn().map_err(|error| not_run(&command, &error))
        };
        std::thread::spawn(enter)
            .join()
            .unwrap_or_else(|_| Err(refused(&self.machine, "could not be entered")))
    }

    fn through_systemd(&self) -> Result<Command, HostError> {
        let mut command = Command::new(process::find("systemd-run")?);
        command.arg(format!("--machine={}", self.machine));
        // The type `exec` would tell nothing more: what can not be run has an exit status of
        // its own with either, and a signal can come before there is a process.
        command.args(["--quiet", "--wait", "--collect", "--service-type=simple"]);
        Ok(command)
    }

    /// For a guest without a systemd: into all of its namespaces, with no capability that
    /// it does not have, and a clean environment. `processes`: how it comes to be one of
    /// the guest's processes.
    fn through_namespaces(&self, processes: &[&str]) -> Result<Command, HostError> {
        let mut command = Command::new(process::find("setpriv")?);
        command.env_clear().envs(ENVIRONMENT);
        if let Some(terminal) = std::env::var_os("TERM") {
            command.env("TERM", terminal);
        }
        // Root has what is inheritable, too, whatever the bounds are.
        command.arg("--inh-caps=-all");
        command.arg(format!("--bounding-set={}", self.capabilities()?)).arg("--");
        command.arg(process::find("nsenter")?);
        command.arg(format!("--target={}", self.leader));
        command.args(self.other_namespaces()?).args(processes);
        command.args(["--root", "--wd", "--"]);
        Ok(command)
    }

    /// The options of nsenter for the namespaces that the guest has of its own, but for its
    /// processes. Its `--all` would find none in place of them: it looks for itself in a
    /// `/proc` in which it has another number.
    fn other_namespaces(&self) -> Result<Vec<&'static str>, HostError> {
        use std::os::unix::fs::MetadataExt as _;
        let inode = |process: &str, namespace: &str| {
            let path = format!("/proc/{process}/ns/{namespace}");
            let metadata = std::fs::metadata(&path);
            metadata.map(|it| it.ino()).map_err(|error| HostError::io("look at", path, error))
        };
        let leader = self.leader.to_string();
        let mut options = Vec::new();
        for (namespace, option) in NAMESPACES {
            if inode("self", namespace)? != inode(&leader, namespace)? {
                options.push(option);
            }
        }
        Ok(options)
    }

    /// The capabilities of the first process, as setpriv wants to have them.
    fn capabilities(&self) -> Result<String, HostError> {
        let path = format!("/proc/{}/status", self.leader);
        let status = std::fs::read_to_string(&path)
            .map_err(|error| HostError::io("read", path.as_str(), error))?;
        let bounding = status
            .lines()
            .find_map(|line| line.strip_prefix("CapBnd:"))
            .and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok())
            .ok_or_else(|| refused(&self.machine, "has capabilities that can not be read"))?;
        let names = (0..64)
            .filter(|bit| bounding & (1 << bit) != 0 && *bit != CAP_MKNOD)
            .map(|bit| format!(",+cap_{bit}"));
        Ok(std::iter::once("-all".to_owned()).chain(names).collect())
    }

    /// Something in the guest, with all links resolved inside of it.
    fn find(&self, path: &Path) -> Result<OwnedFd, Errno> {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        openat2(&self.root, path, flags, Mode::empty(), inside())
    }

    /// What a link says, without following it.
    fn read_link(&self, path: &Path) -> Option<PathBuf> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let link = openat2(&self.root, path, flags, Mode::empty(), inside()).ok()?;
        let target: CString = readlinkat(&link, "", Vec::new()).ok()?;
        Some(PathBuf::from(target.into_string().ok()?))
    }

    /// Follows links to a store path. Those of a profile are beside each other.
    fn system_at(&self, path: &Path) -> Option<String> {
        let mut path = path.to_owned();
        for _ in 0..LINKS {
            let target = self.read_link(&path)?;
            if target.to_str().is_some_and(is_store_path) {
                return target.into_os_string().into_string().ok();
            }
            let climbs = target.components().any(|part| part == Component::ParentDir);
            if climbs {
                return None;
            }
            path = path.parent()?.join(target);
        }
        None
    }
}

/// Links and `..` end at the guest's root, and those of `/proc` lead nowhere.
fn inside() -> ResolveFlags {
    ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS
}

/// `/nix/store/HASH-NAME`, and nothing below it.
fn is_store_path(text: &str) -> bool {
    let Some((hash, name)) = text.strip_prefix("/nix/store/").and_then(|rest| rest.split_once('-'))
    else {
        return false;
    };
    let plain = |c: u8| c.is_ascii_alphanumeric() || b"+-._?=".contains(&c);
    hash.len() == 32
        && hash.bytes().all(|c| c.is_ascii_digit() || c.is_ascii_lowercase())
        && !name.is_empty()
        && name.len() <= 211
        && name.bytes().all(plain)
}

/// systemd replaces variables in the arguments of a unit.
fn argument(word: &str) -> String {
    word.replace('$', "$$")
}

/// A name that no other program run by a conex has.
fn unit_name() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("conex-run-{}-{}.service", std::process::id(), now.as_nanos())
}

fn not_run(command: &Command, error: &std::io::Error) -> HostError {
    HostError::Program {
        what: command.get_program().to_string_lossy().into_owned(),
        reason: format!("it could not be run: {error}"),
        output: String::new(),
    }
}

fn refused(machine: &str, reason: &str) -> HostError {
    HostError::Guest { machine: machine.to_owned(), reason: reason.to_owned() }
}

fn failed(what: String, finished: Finished) -> HostError {
    let reason = match finished.status.and_then(|status| status.code()) {
        // As NixOS' switch-to-configuration ends when units failed.
        Some(4) => "some of the services inside failed (`systemctl --failed` inside tells which)"
            .to_owned(),
        Some(code) => format!("it ended with status {code}"),
        None => "it was killed".to_owned(),
    };
    HostError::Program { what, reason, output: finished.output }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_in_the_store_are_believed() {
        let good = "/nix/store/8b0vvb1w1rpcd5pj5q5kjnhx0qc9a1lw-nixos-system-web-25.05";
        assert!(is_store_path(good));
        for bad in [
            "",
            "/etc",
            "/nix/store/",
            "/nix/store/short-name",
            "/nix/store/8b0vvb1w1rpcd5pj5q5kjnhx0qc9a1lw-",
            "/nix/store/8b0vvb1w1rpcd5pj5q5kjnhx0qc9a1lw-a/../../../etc",
            "/nix/store/8b0vvb1w1rpcd5pj5q5kjnhx0qc9a1lw-a\nb",
        ] {
            assert!(!is_store_path(bad), "{bad}");
        }
    }

    #[test]
    fn links_lead_nowhere_outside() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path();
        let store = "/nix/store/8b0vvb1w1rpcd5pj5q5kjnhx0qc9a1lw-system";
        std::fs::create_dir_all(path.join("nix/var/nix/profiles")).unwrap();
        std::fs::create_dir_all(path.join("elsewhere")).unwrap();
        let link = |target: &str, at: &str| {
            let at = path.join(at);
            let _ = std::fs::remove_file(&at);
            std::os::unix::fs::symlink(target, at).unwrap();
        };
        let file = std::fs::File::open(path).unwrap();
        let guest = Guest { machine: "test".into(), leader: 0, root: file.into() };
        assert_eq!(guest.running_system(), None);

        // /run is a link: resolved in the guest, where its target is.
        link("/../../elsewhere", "run");
        link(store, "elsewhere/current-system");
        assert_eq!(guest.running_system().as_deref(), Some(store));
        link("/etc/passwd", "elsewhere/current-system");
        assert_eq!(guest.running_system(), None);
        link("../../../../../../etc/hostname", "elsewhere/current-system");
        assert_eq!(guest.running_system(), None);

        link("system-3-link", "nix/var/nix/profiles/system");
        link(store, "nix/var/nix/profiles/system-3-link");
        assert_eq!(guest.profile_system().as_deref(), Some(store));
        link("system", "nix/var/nix/profiles/system-3-link");
        assert_eq!(guest.profile_system(), None);
    }
}
