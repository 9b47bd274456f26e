//! The systems of containers with a nixpkgs at hand: what NixOS evaluates for
//! them, by `nixos-modules/systems.nix`.
//!
//! Nothing of the module system of this crate runs here: all is Nix, and no
//! value of it is kept outside of the evaluator's heap. So this is the one
//! part of the crate that collects garbage, and one evaluation can do the
//! systems of many containers without holding all of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use conex_evaluator::source::{ExprPos, Module};
use conex_evaluator::{
    Attrs, Buffer, Error, ErrorKind, Evaluator, Place as Passed, Result, Value, canonical,
};
use conex_model::{Code, Container, ContainerName, Diagnostic, Place, Related, Value as Model};
use conex_parser::Span;

use crate::embedded;
use crate::flake;
use crate::known;
use crate::spot;

/// What the systems are evaluated with.
#[derive(Debug, Clone, Copy)]
pub struct Nixpkgs<'a> {
    /// The nixpkgs, by its absolute path.
    pub path: &'a Path,
    /// The configuration of the host.
    pub configuration: Configuration<'a>,
    /// The names of all options of a container.
    pub options: &'a [String],
}

/// Where a host is configured.
#[derive(Debug, Clone, Copy)]
pub enum Configuration<'a> {
    /// In a module, by its absolute path.
    Module(&'a Path),
    /// In a flake, by the absolute path of its `flake.nix`.
    Flake {
        /// The flake.
        file: &'a Path,
        /// Which of its hosts.
        host: &'a str,
    },
}

/// What is asked for of a container.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// The container.
    pub container: &'a Container,
    /// Whether its system is.
    pub system: bool,
    /// The options whose values are.
    pub options: Vec<Arc<str>>,
}

/// What a container comes to with a nixpkgs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Known {
    /// The container.
    pub name: Option<ContainerName>,
    /// Its system, if that was asked for.
    pub system: Option<Derivation>,
    /// The options that were asked for.
    pub options: Vec<(Arc<str>, Model)>,
}

/// A system that can be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derivation {
    /// The path of the derivation.
    pub derivation: Arc<str>,
    /// The path of what it builds.
    pub path: Arc<str>,
}

/// What became of all that was asked for.
#[derive(Debug, Clone, Default)]
pub struct Systems {
    /// Of each container that could be evaluated.
    pub known: Vec<Known>,
    /// Why the others could not.
    pub diagnostics: Vec<Diagnostic>,
}

/// Evaluates systems, one after the other, and collects garbage meanwhile. A
/// container whose evaluation fails is a finding; the others go on. Without
/// the host itself there is none, and one finding.
pub fn systems(
    evaluator: &mut Evaluator<'_>,
    nixpkgs: Nixpkgs<'_>,
    wanted: &[Wanted<'_>],
) -> Systems {
    embedded::register(evaluator);
    let heap = evaluator.heap();
    let mut systems = Systems::default();
    heap.collecting(|| run(evaluator, nixpkgs, wanted, &mut systems));
    systems
}

/// What a switch to the system of the host goes by, as JSON: `units`, by their names, with
/// `text`, `enable`, `dropIn`, `wantedBy` and `requiredBy`, those of containers and targets, what
/// containers need, and `related`; the names of `others`; the texts of `confs`, by the names of
/// their containers, and of `fstab`. Nothing is built.
pub fn switch_to(
    evaluator: &mut Evaluator<'_>,
    nixpkgs: Nixpkgs<'_>,
    related: &BTreeSet<String>,
) -> std::result::Result<String, Box<Diagnostic>> {
    embedded::register(evaluator);
    let heap = evaluator.heap();
    heap.collecting(|| {
        let text = open(evaluator, nixpkgs).and_then(|host| {
            let mut names = Buffer::new(heap);
            related.iter().for_each(|name| names.push(evaluator.str(name)));
            let names = evaluator.list(&names);
            let function = host.call(evaluator, "switch", &[])?;
            let text = evaluator.call(function, &[names])?;
            Ok(evaluator.force_str(text)?.to_string_lossy().into_owned())
        });
        text.map_err(|error| {
            Box::new(failure(evaluator, nixpkgs, &error, "the host's system", None))
        })
    })
}

fn run(ev: &mut Evaluator<'_>, nixpkgs: Nixpkgs<'_>, wanted: &[Wanted<'_>], systems: &mut Systems) {
    let Some(first) = wanted.first() else { return };
    let host = open(ev, nixpkgs).and_then(|host| {
        // It fails here if the host does, whatever container is asked for.
        host.has(ev, first.container.name.as_str()).map(|_| host)
    });
    let host = match host {
        Ok(host) => host,
        Err(error) => {
            let mut finding = failure(ev, nixpkgs, &error, "the host", None);
            finding.help = Some(format!(
                "conex evaluates the host with the modules of {}, as NixOS does.",
                nixpkgs.path.display()
            ));
            systems.diagnostics.push(finding);
            return;
        }
    };
    for wanted in wanted {
        match host.container(ev, wanted) {
            Ok(Some(known)) => systems.known.push(known),
            Ok(None) => systems.diagnostics.push(absent(nixpkgs, wanted.container)),
            Err(error) => {
                let what = format!("the system of the container {}", wanted.container.name);
                let place = definition(wanted.container);
                let mut finding = failure(ev, nixpkgs, &error, &what, place);
                finding.address = Some(address(wanted.container));
                systems.diagnostics.push(finding);
            }
        }
    }
}

/// The functions of `systems.nix` for one host.
#[derive(Clone, Copy)]
struct Host<'h>(Attrs<'h>);

fn open<'h>(ev: &mut Evaluator<'h>, nixpkgs: Nixpkgs<'_>) -> Result<Host<'h>> {
    let function = ev.eval_file(Path::new(embedded::SYSTEMS))?;
    let path = |ev: &Evaluator<'h>, path: &Path| {
        Value::path(ev.heap(), canonical(&path.to_string_lossy()).as_bytes())
    };
    let mut names = Buffer::new(ev.heap());
    nixpkgs.options.iter().for_each(|name| names.push(ev.str(name)));
    let given = path(ev, nixpkgs.path);
    let options = ev.list(&names);
    let configuration = match nixpkgs.configuration {
        Configuration::Module(file) => {
            let module = path(ev, file);
            ("modules", ev.list(&[module]))
        }
        Configuration::Flake { file, host } => {
            let directory = file.parent().unwrap_or(Path::new("/"));
            let directory = ev.str(directory.to_string_lossy().as_bytes());
            let host = ev.str(host);
            let [unknown, stored, fetched] = flake::functions(ev);
            let parts = [("directory", directory), ("host", host), unknown, stored, fetched];
            ("flake", ev.attrs(&parts))
        }
    };
    let arguments = ev.attrs(&[("nixpkgs", given), ("options", options), configuration]);
    let host = ev.call(function, &[arguments])?;
    ev.heap().keep(host);
    ev.force_attrs(host).map(Host)
}

impl<'h> Host<'h> {
    fn call(self, ev: &mut Evaluator<'h>, function: &str, names: &[&str]) -> Result<Value<'h>> {
        let function = ev.symbol(function);
        let Some(function) = self.0.get(function) else { return Ok(Value::NULL) };
        let mut value = ev.force(function.value)?;
        for name in names {
            let name = ev.str(name);
            value = ev.call(value, &[name])?;
        }
        ev.force(value)
    }

    fn has(self, ev: &mut Evaluator<'h>, name: &str) -> Result<bool> {
        let has = self.call(ev, "has", &[name])?;
        ev.force_bool(has)
    }

    /// What is asked for of a container; `None` if the host has no such.
    fn container(self, ev: &mut Evaluator<'h>, wanted: &Wanted<'_>) -> Result<Option<Known>> {
        let name = wanted.container.name.as_str();
        if !self.has(ev, name)? {
            return Ok(None);
        }
        let mut known = Known { name: Some(wanted.container.name.clone()), ..Known::default() };
        if wanted.system {
            let toplevel = self.call(ev, "toplevel", &[name])?;
            known.system = Some(derivation(ev, toplevel)?);
        }
        for option in &wanted.options {
            let value = self.call(ev, "option", &[name, option])?;
            known.options.push((option.clone(), known::value(ev, value)?));
        }
        Ok(Some(known))
    }
}

fn derivation<'h>(ev: &mut Evaluator<'h>, value: Value<'h>) -> Result<Derivation> {
    let set = ev.force_attrs(value)?;
    let mut path = |name: &str| -> Result<Arc<str>> {
        let symbol = ev.symbol(name);
        let Some(attr) = set.get(symbol) else {
            let message = format!("the system is no derivation: it has no `{name}'");
            return Err(Error::new(ErrorKind::Type, message));
        };
        Ok(ev.force_str(attr.value)?.to_string_lossy().as_ref().into())
    };
    Ok(Derivation { derivation: path("drvPath")?, path: path("outPath")? })
}

/// Where a container says what it runs.
fn definition(container: &Container) -> Option<Place> {
    let config = container.option("config");
    let unknown = config.and_then(|config| match &config.value {
        Model::Unknown(unknown) => unknown.place.clone(),
        _ => None,
    });
    unknown
        .or_else(|| config.and_then(|config| config.places.first().cloned()))
        .or_else(|| container.places.first().cloned())
}

fn address(container: &Container) -> String {
    format!("containers.{}.config", conex_model::quote_name(container.name.as_str()))
}

/// A container that conex finds in the configuration and nixpkgs does not.
fn absent(nixpkgs: Nixpkgs<'_>, container: &Container) -> Diagnostic {
    let summary = format!(
        "with the modules of {}, the host has no container {}",
        nixpkgs.path.display(),
        container.name
    );
    let mut finding =
        Diagnostic::new(Code::SystemEvaluation, summary).at(container.places.first().cloned());
    finding.address =
        Some(format!("containers.{}", conex_model::quote_name(container.name.as_str())));
    finding.help = Some(
        "Define it in `containers', not in `systemd.containers', which NixOS does not declare; or import conex' nixos-modules, which do."
            .to_owned(),
    );
    finding
}

/// A failed evaluation: where it failed in the user's own files, or else at
/// the definition.
fn failure(
    ev: &Evaluator<'_>,
    nixpkgs: Nixpkgs<'_>,
    error: &Error,
    what: &str,
    definition: Option<Place>,
) -> Diagnostic {
    let mut lines = error.message().trim().splitn(2, '\n');
    let first = lines.next().unwrap_or_default().trim_end();
    let summary = format!("{what} can not be evaluated: {first}");
    let places = places(ev, error);
    let own = places.iter().find(|place| !is_below(place, nixpkgs.path));
    let mut finding =
        Diagnostic::new(Code::SystemEvaluation, summary).at(own.cloned().or(definition.clone()));
    finding.detail = lines.next().unwrap_or_default().trim().to_owned();
    if let Some(raised) = places.first().filter(|place| finding.place.as_ref() != Some(place)) {
        let message = "the evaluation failed here".to_owned();
        finding.related.push(Related { message, place: raised.clone() });
    }
    // Where it is in the definition, that is seen.
    let seen = |place: &Place| finding.place.as_ref().is_some_and(|at| is_inside(at, place));
    if let Some(definition) = definition.filter(|place| !seen(place)) {
        let message = format!("while evaluating {what}");
        finding.related.push(Related { message, place: definition });
    }
    finding
}

/// The places that an error passed, innermost first, without those in what
/// conex carries in itself or has of no file.
fn places(ev: &Evaluator<'_>, error: &Error) -> Vec<Place> {
    let data = error.data();
    let shown = |module: &Module| module.path.is_some() && !ev.is_embedded(module);
    let position = Some(data.position).filter(|position| *position != 0);
    let first = position.and_then(|position| ev.sources().position(position));
    let first = first.filter(|(module, _)| shown(module));
    let first = first.map(|(module, offset)| spot::place(module, Span::at(offset)));
    let here = std::iter::once((data.at, data.place));
    let frames = here.chain(data.trace.iter().map(|frame| (frame.at, frame.place)));
    let frames = frames.filter_map(|(at, place)| {
        let at = match place {
            Passed::Expr(place) if at == ExprPos::NONE => place,
            _ => at,
        };
        match ev.sources().expr(at) {
            Some((module, _)) if shown(module) => spot::expr_place(ev, at),
            Some(_) => None,
            None => {
                let (module, offset) = ev.place(place)?;
                shown(module).then(|| spot::place(module, Span::at(offset)))
            }
        }
    });
    first.into_iter().chain(frames).collect()
}

fn is_inside(place: &Place, around: &Place) -> bool {
    place.file == around.file && around.start <= place.start && place.end <= around.end
}

fn is_below(place: &Place, directory: &Path) -> bool {
    PathBuf::from(&*place.file).starts_with(directory)
}
