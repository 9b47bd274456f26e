//! What `conex check` and the language server find, the same for both.

use std::path::{Path, PathBuf};

use conex_evaluator::{Evaluator, Heap, Io, Settings, Texts};
use conex_model::{Diagnostic, Severity};

use crate::{
    Evaluated, Flake, LockedNixpkgs, check_first_names, check_on_machine, give_library, settings,
};

/// Where a configuration is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Configured {
    /// A module, by its absolute path.
    Module(PathBuf),
    /// A flake, by the absolute path of its `flake.nix`, and which host of it.
    Flake {
        /// The `flake.nix`.
        file: PathBuf,
        /// The host; without one it depends on who asks.
        host: Option<String>,
    },
}

impl Configured {
    /// The file that it begins with.
    pub fn file(&self) -> &Path {
        match self {
            Self::Module(file) | Self::Flake { file, .. } => file,
        }
    }
}

/// What `<name>` means in a configuration.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// The directory of nixpkgs, if one is at hand.
    pub nixpkgs: Option<&'a Path>,
    /// The other names, with their places.
    pub others: &'a [(String, String)],
}

/// An evaluator for a configuration. nixpkgs itself is unknown in it, and with
/// it what depends on it; of a nixpkgs at hand it has the `lib`. `texts` is
/// what earlier evaluators found out about texts.
pub fn evaluator_for<'h>(
    heap: &'h Heap,
    io: &'h dyn Io,
    configured: &Configured,
    search: Search<'_>,
    texts: Texts,
    set: impl FnOnce(&mut Settings),
) -> Evaluator<'h> {
    let mut settings = Settings { search_path: search.others.to_vec(), ..settings() };
    set(&mut settings);
    let mut evaluator = Evaluator::with_texts(heap, io, settings, texts);
    if let (Some(nixpkgs), Configured::Module(_)) = (search.nixpkgs, configured) {
        give_library(&mut evaluator, nixpkgs);
    }
    evaluator
}

/// The hosts of a configuration, evaluated.
#[derive(Debug, Default)]
pub struct Hosts {
    /// What they come to, by their names in a flake; a module is one host
    /// without a name.
    pub hosts: Vec<(String, Evaluated)>,
    /// The nixpkgs that the flake locks for the first one.
    pub nixpkgs: LockedNixpkgs,
}

impl Hosts {
    /// Evaluates a configuration: of a flake, the hosts that `choose` names.
    pub fn evaluate<'h, E>(
        evaluator: &mut Evaluator<'h>,
        configured: &Configured,
        choose: impl FnOnce(&Flake<'h>) -> Result<Vec<String>, E>,
    ) -> Result<Self, E> {
        let file = match configured {
            Configured::Module(file) => return Ok(Self::of_one(crate::evaluate(evaluator, file))),
            Configured::Flake { file, .. } => file,
        };
        let flake = match Flake::open(evaluator, file) {
            Ok(flake) => flake,
            Err(diagnostics) => {
                return Ok(Self::of_one(Evaluated { diagnostics, ..Evaluated::default() }));
            }
        };
        let names = choose(&flake)?;
        let nixpkgs = names.first().map(|name| flake.nixpkgs(evaluator, name));
        let hosts = names.into_iter().map(|name| {
            let host = flake.evaluate(evaluator, &name);
            (name, host)
        });
        Ok(Self { hosts: hosts.collect(), nixpkgs: nixpkgs.unwrap_or_default() })
    }

    fn of_one(host: Evaluated) -> Self {
        Self { hosts: vec![(String::new(), host)], ..Self::default() }
    }

    /// Takes all that is wrong with them, in the order of the places. What is
    /// wrong on the machine of this name is wrong with the host that is
    /// called so, and with the only one.
    pub fn take_findings(
        &mut self,
        evaluator: &Evaluator<'_>,
        nixpkgs: Option<&Path>,
        machine: Option<&str>,
    ) -> Vec<Diagnostic> {
        let several = self.hosts.len() > 1;
        let mut findings = Vec::new();
        for (name, host) in &mut self.hosts {
            if machine.is_some_and(|machine| !several || name == machine) {
                findings.extend(check_on_machine(evaluator, &host.desired));
            }
            if let Some(nixpkgs) = nixpkgs {
                findings.extend(check_first_names(evaluator, &host.first_names, nixpkgs));
            }
            findings.append(&mut host.diagnostics);
        }
        sort(&mut findings);
        findings
    }
}

/// By file, then offset; what is found twice is said once.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| {
        let key = |d: &Diagnostic| (d.place.clone(), d.severity == Severity::Warning);
        key(a)
            .cmp(&key(b))
            .then_with(|| (a.code.text(), &a.summary).cmp(&(b.code.text(), &b.summary)))
    });
    diagnostics.dedup();
}
