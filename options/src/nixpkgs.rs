//! The systems of containers with a nixpkgs at hand: what NixOS evaluates for
//! them, by `nixos-modules/systems.nix`.
//!
//! Nothing of the module system of this crate runs here: all is Nix, and no
//! value of it is kept outside of the evaluator's heap. So this is the one
//! part of the crate that collects garbage, and one evaluation can do the
//! systems of many containers without holding all of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use conex_evaluator::source::{ExprPos, Module};
use conex_evaluator::{
    Attrs, Buffer, Error, ErrorKind, Evaluator, Place as Passed, Result, StandIn, Value, canonical,
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
    /// The names of the units that containers of another system need.
    pub related: &'a [String],
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
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The container.
    pub name: ContainerName,
    /// Whether its system is.
    pub system: bool,
    /// The options whose values are.
    pub options: Vec<Arc<str>>,
    /// Where the container is defined.
    pub place: Option<Place>,
    /// Where it says what it runs.
    pub definition: Option<Place>,
}

impl Wanted {
    /// Of a container of a configuration.
    pub fn of(container: &Container, system: bool, options: Vec<Arc<str>>) -> Self {
        let place = container.places.first().cloned();
        let definition = definition(container);
        Self { name: container.name.clone(), system, options, place, definition }
    }
}

/// What a container comes to with a nixpkgs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Known {
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
    /// What can stand in for it.
    pub stand_in: Option<StandIn>,
}

/// A host, evaluated as far as which containers it has.
#[derive(Clone, Copy)]
pub struct NixosHost<'h, 'n> {
    functions: Functions<'h>,
    nixpkgs: Nixpkgs<'n>,
}

impl std::fmt::Debug for NixosHost<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NixosHost").field("nixpkgs", &self.nixpkgs).finish_non_exhaustive()
    }
}

impl<'h, 'n> NixosHost<'h, 'n> {
    /// Evaluates a host. What is evaluated of it is garbage when nobody uses it any more:
    /// call it in [`conex_evaluator::Heap::collecting`].
    pub fn open(
        ev: &mut Evaluator<'h>,
        nixpkgs: Nixpkgs<'n>,
    ) -> std::result::Result<Self, Box<Diagnostic>> {
        embedded::register(ev);
        let functions = open(ev, nixpkgs).and_then(|functions| {
            // It fails here if the host does, whatever container is asked for.
            functions.has(ev, "").map(|_| functions)
        });
        if let Ok(functions) = functions {
            // Whoever needs what failed finds out again.
            let _ = functions.call(ev, "asked", &[]);
        }
        functions.map(|functions| Self { functions, nixpkgs }).map_err(|error| {
            let mut finding = failure(ev, nixpkgs, &error, "the host", None);
            finding.help = Some(format!(
                "conex evaluates the host with the modules of {}, as NixOS does.",
                nixpkgs.path.display()
            ));
            Box::new(finding)
        })
    }

    /// Evaluates a system in which nothing is configured, so that what all have in common is
    /// there. Nothing depends on it, and it may fail.
    pub fn prepare(&self, ev: &mut Evaluator<'h>) {
        // Whoever needs what failed finds out again.
        let _ = self.share(ev);
        let _ = ev.remembering(|ev| self.functions.call(ev, "plain", &[]));
    }

    fn share(&self, ev: &mut Evaluator<'h>) -> Result<()> {
        let shared = self.functions.call(ev, "shared", &[])?;
        for function in ev.force_list(shared)?.as_slice() {
            let function = ev.force(*function)?;
            // Options of options are evaluated as modules, too, by the hundred.
            ev.share_calls(function, "prefix");
        }
        Ok(())
    }

    /// What is asked for of a container.
    pub fn known(
        &self,
        ev: &mut Evaluator<'h>,
        wanted: &Wanted,
    ) -> std::result::Result<Known, Box<Diagnostic>> {
        match self.functions.container(ev, wanted) {
            Ok(Some(known)) => Ok(known),
            Ok(None) => Err(Box::new(absent(self.nixpkgs, wanted))),
            Err(error) => {
                let what = format!("the system of the container {}", wanted.name);
                let definition = wanted.definition.clone();
                let mut finding = failure(ev, self.nixpkgs, &error, &what, definition);
                finding.address = Some(address(&wanted.name));
                Err(Box::new(finding))
            }
        }
    }

    /// What a switch to the system of the host goes by, as JSON: `units`, by their names,
    /// with `text`, `enable`, `dropIn`, `wantedBy` and `requiredBy`, those of containers and
    /// targets, what containers need, and what is [`Nixpkgs::related`]; the names of `others`;
    /// the texts of `scripts` and of `confs`, by the names of their containers, and of `fstab`.
    /// Nothing is built. Systems of containers that are known are not evaluated.
    pub fn switch(
        &self,
        ev: &mut Evaluator<'h>,
        known: &BTreeMap<String, StandIn>,
    ) -> std::result::Result<String, Box<Diagnostic>> {
        let text = match known.is_empty() {
            true => None,
            // Where somebody looks at more of a system than where it is, all are evaluated.
            false => match self.switch_with(ev, known) {
                Err(error) if error.kind() == ErrorKind::Unknown => None,
                text => Some(text),
            },
        };
        let text = text.unwrap_or_else(|| {
            self.functions.call(ev, "switch", &[]).and_then(|text| text_of(ev, text))
        });
        text.map_err(|error| Box::new(failure(ev, self.nixpkgs, &error, "the host's system", None)))
    }

    /// The module for containers evaluates their systems with the file that evaluates
    /// systems; there it finds a function that has those that are known already.
    fn switch_with(
        &self,
        ev: &mut Evaluator<'h>,
        known: &BTreeMap<String, StandIn>,
    ) -> Result<String> {
        let mut systems = Vec::new();
        for (name, system) in known {
            systems.push((name.as_str(), ev.stand_in(system)));
        }
        let systems = ev.attrs(&systems);
        let unknown = flake::unknown(ev);
        let evaluating = self.functions.apply(ev, "evaluating", &[unknown, systems])?;
        let file = self.nixpkgs.path.join("nixos/lib/eval-config.nix");
        let before = ev.replace(&file, evaluating)?;
        let text = self.functions.call(ev, "switchAgain", &[""]);
        ev.replace(&file, before)?;
        text.and_then(|text| text_of(ev, text))
    }
}

fn text_of<'h>(ev: &mut Evaluator<'h>, text: Value<'h>) -> Result<String> {
    Ok(ev.force_str(text)?.to_string_lossy().into_owned())
}

/// The functions of `systems.nix` for one host.
#[derive(Clone, Copy)]
struct Functions<'h>(Attrs<'h>);

fn open<'h>(ev: &mut Evaluator<'h>, nixpkgs: Nixpkgs<'_>) -> Result<Functions<'h>> {
    let function = ev.eval_file(Path::new(embedded::SYSTEMS))?;
    let path = |ev: &Evaluator<'h>, path: &Path| {
        Value::path(ev.heap(), canonical(&path.to_string_lossy()).as_bytes())
    };
    let names = |ev: &Evaluator<'h>, all: &[String]| {
        let mut names = Buffer::new(ev.heap());
        all.iter().for_each(|name| names.push(ev.str(name)));
        ev.list(&names)
    };
    let given = path(ev, nixpkgs.path);
    let (options, related) = (names(ev, nixpkgs.options), names(ev, nixpkgs.related));
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
    let arguments = [("nixpkgs", given), ("options", options), ("related", related), configuration];
    let arguments = ev.attrs(&arguments);
    let host = ev.call(function, &[arguments])?;
    ev.heap().keep(host);
    ev.force_attrs(host).map(Functions)
}

impl<'h> Functions<'h> {
    fn call(self, ev: &mut Evaluator<'h>, function: &str, names: &[&str]) -> Result<Value<'h>> {
        let mut arguments = Buffer::new(ev.heap());
        names.iter().for_each(|name| arguments.push(ev.str(name)));
        self.apply(ev, function, &arguments)
    }

    fn apply(
        self,
        ev: &mut Evaluator<'h>,
        function: &str,
        arguments: &[Value<'h>],
    ) -> Result<Value<'h>> {
        let function = ev.symbol(function);
        let Some(function) = self.0.get(function) else { return Ok(Value::NULL) };
        let mut value = ev.force(function.value)?;
        for argument in arguments {
            value = ev.call(value, &[*argument])?;
        }
        ev.force(value)
    }

    fn has(self, ev: &mut Evaluator<'h>, name: &str) -> Result<bool> {
        let has = self.call(ev, "has", &[name])?;
        ev.force_bool(has)
    }

    /// What is asked for of a container; `None` if the host has no such.
    fn container(self, ev: &mut Evaluator<'h>, wanted: &Wanted) -> Result<Option<Known>> {
        let name = wanted.name.as_str();
        if !self.has(ev, name)? {
            return Ok(None);
        }
        let mut known = Known::default();
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
    let (derivation, path) = (path("drvPath")?, path("outPath")?);
    let stand_in = ev.stand_in_of(value)?;
    Ok(Derivation { derivation, path, stand_in })
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

fn address(name: &ContainerName) -> String {
    format!("containers.{}.config", conex_model::quote_name(name.as_str()))
}

/// A container that conex finds in the configuration and nixpkgs does not.
fn absent(nixpkgs: Nixpkgs<'_>, wanted: &Wanted) -> Diagnostic {
    let summary = format!(
        "with the modules of {}, the host has no container {}",
        nixpkgs.path.display(),
        wanted.name
    );
    let mut finding = Diagnostic::new(Code::SystemEvaluation, summary).at(wanted.place.clone());
    finding.address = Some(format!("containers.{}", conex_model::quote_name(wanted.name.as_str())));
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
