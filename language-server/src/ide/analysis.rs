//! One evaluation of a configuration, and what is kept of it.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use conex_evaluator::{Evaluator, Heap, Io, Texts};
use conex_model::{Code, Desired, Diagnostic};
use conex_options::{Configured, Hosts};

use super::{Asked, Buffers, Overlay};
use crate::Search;

/// What is to be looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Task {
    /// A configuration, with all that it imports.
    Configuration(Configured),
    /// A file that no configuration imports: its syntax and names.
    Text(PathBuf),
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Analysis {
    /// What is wrong, in the order of the places.
    pub findings: Vec<Diagnostic>,
    /// The Nix files that were read, by path, as they were.
    pub texts: BTreeMap<Arc<str>, Arc<str>>,
    /// Every path that something was asked about.
    pub asked: Asked,
    /// What the hosts come to, by their names.
    pub hosts: Vec<(String, Desired)>,
}

impl Analysis {
    /// Whether it read a file.
    pub fn reads(&self, path: &str) -> bool {
        self.texts.contains_key(path)
    }

    /// The files that Nix would refuse to parse.
    pub fn broken(&self) -> BTreeSet<&str> {
        let syntax = self.findings.iter().filter(|found| found.code == Code::Syntax);
        syntax.filter_map(|found| Some(&*found.place.as_ref()?.file)).collect()
    }

    /// What stands in the place of an analysis as long as all that differs from
    /// this one is in open files that are half-typed: the mistakes of grammar
    /// in them. All else would be found in a configuration without these files,
    /// and nobody would see it ([`super::keep`]), so nothing need be evaluated.
    fn half_typed(&self, io: &Overlay<'_>, open: &Buffers, texts: &mut Texts) -> Option<Self> {
        let mut grammar = |path: &Path, text: &Arc<str>| {
            let mut found = conex_options::mistakes(path, &*texts.lowered(path, text)?);
            found.retain(|found| found.code == Code::Syntax);
            Some(found)
        };
        let mut open = open.iter().filter(|(path, _)| self.reads(&path.to_string_lossy()));
        if open.all(|(path, text)| grammar(path, text).is_none_or(|found| found.is_empty())) {
            return None;
        }
        let syntax = self.findings.iter().filter(|found| found.code == Code::Syntax);
        let mut findings: Vec<_> = syntax.cloned().collect();
        for (name, before) in &self.texts {
            let path = Path::new(&**name);
            let text: Arc<str> = String::from_utf8_lossy(&io.read(path).ok()?).into();
            if text == *before {
                continue;
            }
            let found = grammar(path, &text).filter(|found| !found.is_empty() && io.is_open(path));
            findings.retain(|old| old.place.as_ref().is_none_or(|place| place.file != *name));
            findings.extend(found?);
        }
        let (texts, mut asked) = (io.read_texts(), io.asked());
        asked.add(&self.asked);
        Some(Self { findings, texts, asked, hosts: Vec::new() })
    }

    /// Nothing but one finding.
    pub fn of_finding(finding: Diagnostic) -> Self {
        Self { findings: vec![finding], ..Self::default() }
    }
}

/// Looks at a configuration or a file, and delivers what came of it before
/// what it took is given back. `stop` gives the evaluation up. `texts` is what
/// earlier ones found out about texts, and then what this one did; `good` is
/// the last analysis in which all open files parsed.
pub fn analyse(
    (task, good): (&Task, Option<&Analysis>),
    disk: &dyn Io,
    buffers: &Buffers,
    texts: &mut Texts,
    (search, machine): (&Search, &str),
    stop: Arc<AtomicBool>,
    deliver: impl FnOnce(Analysis),
) {
    let overlay = Overlay::new(disk, buffers);
    if let Some(found) = good.and_then(|good| good.half_typed(&overlay, buffers, texts)) {
        return deliver(found);
    }
    let deliver = |(findings, hosts)| {
        let (texts, asked) = (overlay.read_texts(), overlay.asked());
        deliver(Analysis { findings, texts, asked, hosts });
    };
    match task {
        Task::Configuration(configured) => {
            evaluate(configured, &overlay, texts, (search, machine), stop, deliver);
        }
        Task::Text(path) => deliver((alone(path, &overlay, texts), Vec::new())),
    }
}

fn evaluate(
    configured: &Configured,
    io: &dyn Io,
    texts: &mut Texts,
    (search, machine): (&Search, &str),
    stop: Arc<AtomicBool>,
    deliver: impl FnOnce((Vec<Diagnostic>, Vec<(String, Desired)>)),
) {
    let heap = Heap::new();
    let search = search.for_options();
    let known = std::mem::take(texts);
    let mut evaluator =
        conex_options::evaluator_for(&heap, io, configured, search, known, |settings| {
            settings.stop = Some(stop);
        });
    let hosts = Hosts::evaluate(&mut evaluator, configured, |flake| {
        let wanted = match configured {
            Configured::Flake { host: Some(host), .. } => Some(host.as_str()),
            _ => None,
        };
        let names = flake.hosts().filter(|name| wanted.is_none_or(|wanted| wanted == *name));
        Ok::<_, Infallible>(names.map(str::to_owned).collect())
    });
    let Ok(mut hosts) = hosts;
    let findings = hosts.take_findings(&evaluator, search.nixpkgs, Some(machine));
    let hosts = hosts.hosts.into_iter().map(|(name, host)| (name, host.desired));
    deliver((findings, hosts.collect()));
    *texts = evaluator.into_texts();
}

fn alone(path: &Path, io: &dyn Io, texts: &mut Texts) -> Vec<Diagnostic> {
    let Ok(bytes) = io.read(path) else { return Vec::new() };
    let (heap, known) = (Heap::new(), std::mem::take(texts));
    let evaluator = Evaluator::with_texts(&heap, io, conex_options::settings(), known);
    let found = conex_options::check_text(&evaluator, path, &String::from_utf8_lossy(&bytes));
    *texts = evaluator.into_texts();
    found
}
