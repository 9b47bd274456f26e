//! Flakes: the hosts of `nixosConfigurations`, and the modules of each.
//!
//! `nixos-modules/flake.nix` ties a flake to its inputs and has
//! `nixosSystem` keep what it is called with; what that says of a host then
//! goes the way of any other configuration.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};

use conex_evaluator::{
    Attr, Attrs, Error, ErrorKind, Evaluator, LockedTree, NixError, Result, Symbol, Value, View,
    canonical,
};
use conex_model::{Code, Diagnostic, Place, Position};

use crate::embedded;
use crate::load::Source;
use crate::report::Stop;
use crate::spot::Spot;
use crate::suggest;
use crate::system::{Shared, System};
use crate::{Evaluated, finished};

/// What every reason that names an input of a flake begins with.
const INPUT: &str = "it depends on inputs.";
/// The function of nixpkgs' `lib` that makes hosts.
const MAKES_HOSTS: &str = "nixosSystem";
const NO_SOURCE: &str = "conex evaluates the inputs of a flake whose files are here: directories, and what is in the Nix store; --fetch has Nix fetch what is locked and needed. nixpkgs is not needed: conex has a `lib.nixosSystem' of its own.";

/// The inputs that the registry of Nix has a flake for: they need not be
/// declared.
const REGISTRY: [&str; 39] = [
    "agda",
    "agenix",
    "arion",
    "blender-bin",
    "bundlers",
    "cachix",
    "composable",
    "disko",
    "dreampkgs",
    "dwarffs",
    "emacs-overlay",
    "fenix",
    "flake-parts",
    "flake-utils",
    "gemini",
    "helix",
    "hercules-ci-agent",
    "hercules-ci-effects",
    "home-manager",
    "hydra",
    "mach-nix",
    "ngipkgs",
    "nickel",
    "nimble",
    "nix",
    "nix-darwin",
    "nix-serve",
    "nixops",
    "nixos-anywhere",
    "nixos-hardware",
    "nixos-homepage",
    "nixos-search",
    "nixpkgs",
    "nur",
    "patchelf",
    "pridefetch",
    "sops-nix",
    "systems",
    "templates",
];

/// The nixpkgs that a flake locks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LockedNixpkgs {
    /// The name of the input.
    pub input: String,
    /// Where it is, if it is on this machine.
    pub place: Option<PathBuf>,
    /// What it is locked to.
    pub tree: Option<LockedTree>,
    /// Where it is in that tree.
    pub below: Option<String>,
}

/// A flake and the hosts that it configures.
pub struct Flake<'h> {
    file: String,
    hosts: Vec<(String, Attr<'h>)>,
    /// Where the set of the hosts stands.
    spot: Spot,
    /// Which input is the nixpkgs of its hosts, and the function that says where one is.
    nixpkgs: Option<[Value<'h>; 2]>,
    /// How many texts were looked through, with the hosts before.
    looked_through: Cell<usize>,
}

impl<'h> Flake<'h> {
    /// Reads a `flake.nix` as far as to the names of its hosts. `file` must
    /// be absolute. Fails with what is wrong with the flake.
    pub fn open(
        evaluator: &mut Evaluator<'h>,
        file: &Path,
    ) -> std::result::Result<Self, Vec<Diagnostic>> {
        let file = canonical(&file.to_string_lossy());
        let sys = System::new(evaluator).map_err(|error| vec![crate::internal(&error)])?;
        let opened =
            Opening { sys: &sys, file: &file, nixpkgs: RefCell::default() }.open(evaluator);
        opened.map_err(|()| {
            sys.report_syntax_errors(evaluator);
            sys.findings.borrow_mut().take()
        })
    }

    /// The names of its hosts, sorted.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.hosts.iter().map(|(name, _)| name.as_str())
    }

    /// The nixpkgs that it locks for a host: that of the input whose `lib` makes it.
    pub fn nixpkgs(&self, evaluator: &mut Evaluator<'h>, host: &str) -> LockedNixpkgs {
        let Some([usual, of]) = self.nixpkgs else { return LockedNixpkgs::default() };
        let word = evaluator.symbol("conexInput");
        let own = self.hosts.iter().find(|(name, _)| name == host).and_then(|(_, attr)| {
            let set = evaluator.force_attrs(attr.value).ok()?;
            Some(set.get(word)?.value)
        });
        let found = evaluator.call(of, &[own.unwrap_or(usual)]);
        found.map_or_else(|_| LockedNixpkgs::default(), |found| locked_nixpkgs(evaluator, found))
    }

    /// The host whose name is most like a name that is none.
    pub fn nearest_host(&self, name: &str) -> Option<&str> {
        suggest::nearest(name, self.hosts())
    }

    /// Evaluates the configuration of a host.
    pub fn evaluate(&self, evaluator: &mut Evaluator<'h>, host: &str) -> Evaluated {
        let Some((_, attr)) = self.hosts.iter().find(|(name, _)| name == host) else {
            return Evaluated::default();
        };
        let spot = self.spot.attr(attr.position);
        let first = self.looked_through.get();
        let evaluated = finished(evaluator, &self.file, first, |sys, ev, desired| {
            let start = match start(sys, ev, attr.value, spot, &self.file) {
                Ok(start) => start,
                Err(stop) => {
                    let of = format!("The host `{host}' of the flake");
                    report(sys, ev, stop, &of, "nixosConfigurations");
                    return;
                }
            };
            sys.configure(ev, start, desired);
        });
        self.looked_through.set(evaluator.sources().modules().len());
        evaluated
    }
}

/// What a host starts from.
#[derive(Default)]
pub(crate) struct Start<'h> {
    pub(crate) sources: Vec<Source<'h>>,
    /// What its modules are called with besides the usual, by symbol.
    pub(crate) special_args: Vec<Attr<'h>>,
}

/// What `nixosSystem` was called with.
fn start<'h>(
    sys: &Shared<'h>,
    ev: &mut Evaluator<'h>,
    host: Value<'h>,
    spot: Spot,
    file: &str,
) -> std::result::Result<Start<'h>, Stop> {
    let failed = |error| Stop::new(error, spot);
    let set = ev.force_attrs(host).map_err(failed)?;
    let word = ev.symbol("conexHost");
    let Some(arguments) = ev.attr(set, word).map_err(failed)? else {
        let summary = "A host of `nixosConfigurations' is made by `nixpkgs.lib.nixosSystem'";
        return Err(Stop::Problem(sys.problem(
            ev,
            Code::InvalidFlake,
            summary.to_owned(),
            None,
            spot,
        )));
    };
    let arguments = ev.force_attrs(arguments.value).map_err(failed)?;
    let mut sources = Vec::new();
    for name in ["extraModules", "modules"] {
        let name = ev.symbol(name);
        if let Some(attr) = arguments.get(name) {
            let spot = spot.attr(attr.position);
            let modules = ev.force_list(attr.value).map_err(|error| Stop::new(error, spot))?;
            for (index, value) in modules.as_slice().iter().enumerate() {
                sources.push(Source {
                    value: *value,
                    spot: spot.element(ev, index),
                    file: sys.text(file),
                    key: format!("{file}:anon-{}", sources.len() + 1),
                    shorthand: false,
                    doubt: None,
                });
            }
        }
    }
    let mut special_args: Vec<Attr<'h>> = Vec::new();
    for name in ["specialArgs", "extraArgs"] {
        let name = ev.symbol(name);
        let Some(attr) = arguments.get(name) else { continue };
        let set = ev
            .force_attrs(attr.value)
            .map_err(|error| Stop::new(error, spot.attr(attr.position)))?;
        for attr in set.as_slice(sys.heap) {
            if special_args.iter().all(|known| known.name != attr.name) {
                special_args.push(*attr);
            }
        }
    }
    Ok(Start { sources, special_args })
}

struct Opening<'a, 'h> {
    sys: &'a Shared<'h>,
    file: &'a str,
    /// What is said of its nixpkgs.
    nixpkgs: RefCell<Option<[Value<'h>; 2]>>,
}

impl<'h> Opening<'_, 'h> {
    /// The flake; what is wrong with it is reported.
    fn open(&self, ev: &mut Evaluator<'h>) -> std::result::Result<Flake<'h>, ()> {
        let (outputs, spot) = self.read(ev)?;
        let tied = self.tie(ev, outputs, spot);
        let hosts = tied.and_then(|tied| {
            let failed = |error| Stop::new(error, spot);
            let word = ev.symbol("nixosConfigurations");
            let tied = ev.force_attrs(tied).map_err(failed)?;
            let Some(attr) = ev.attr(tied, word).map_err(failed)? else {
                let summary = "The flake has no `nixosConfigurations'".to_owned();
                let mut problem = self.sys.problem(ev, Code::InvalidFlake, summary, None, spot);
                problem.place = self.sys.places.name(ev, spot).or(problem.place);
                problem.help = Some("A host is an attribute of it: nixosConfigurations.NAME = nixpkgs.lib.nixosSystem { modules = [ … ]; }".to_owned());
                return Err(Stop::Problem(problem));
            };
            let spot = spot.attr(attr.position);
            let hosts = ev.force_attrs(attr.value).map_err(|error| Stop::new(error, spot))?;
            let attrs = hosts.as_slice(self.sys.heap);
            let mut hosts: Vec<_> =
                attrs.iter().map(|attr| (ev.name(attr.name).to_owned(), *attr)).collect();
            hosts.sort_by(|(a, _), (b, _)| a.cmp(b));
            Ok(Flake {
                file: self.file.to_owned(),
                hosts,
                spot,
                nixpkgs: self.nixpkgs.take(),
                looked_through: Cell::new(0),
            })
        });
        hosts.map_err(|stop| report(self.sys, ev, stop, "What the flake configures", "outputs"))
    }

    /// The file as a set, with the place of its `outputs`.
    fn read(&self, ev: &mut Evaluator<'h>) -> std::result::Result<(Value<'h>, Spot), ()> {
        let sys = self.sys;
        let path = Path::new(self.file);
        let value = match ev.eval_file(path) {
            Ok(value) => value,
            Err(error) => {
                sys.report_failure(ev, &error, Spot::Nowhere, None);
                return Err(());
            }
        };
        let whole = ev.sources().module(path).map_or(Spot::Nowhere, crate::spot::whole_file);
        let refuse = |ev: &Evaluator<'h>, summary: &str, spot| {
            let problem = sys.problem(ev, Code::InvalidFlake, summary.to_owned(), None, spot);
            sys.report(*problem);
        };
        let View::Attrs(set) = value.view() else {
            refuse(ev, "A flake.nix must be a set", whole);
            return Err(());
        };
        let word = ev.symbol("outputs");
        let Some(outputs) = set.get(word) else {
            refuse(ev, "The flake has no `outputs'", whole);
            return Err(());
        };
        let spot = whole.attr(outputs.position);
        match ev.force(outputs.value) {
            Ok(value) if ev.is_function(value) => {}
            Ok(_) => {
                refuse(ev, "The `outputs' of a flake are a function of its inputs", spot);
                return Err(());
            }
            Err(error) => {
                sys.report_failure(ev, &error, spot, None);
                return Err(());
            }
        }
        Ok((value, spot))
    }

    /// The lock file.
    fn lock(&self, ev: &mut Evaluator<'h>, spot: Spot) -> std::result::Result<Value<'h>, Stop> {
        let path = Path::new(self.file).with_file_name("flake.lock");
        let bytes = match ev.io().read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(ev.attrs(&[])),
            Err(error) => return Err(self.bad_lock(&path, &error.to_string())),
        };
        let read =
            "text: let lock = builtins.fromJSON text; in assert lock ? nodes && lock ? root; lock";
        let read = ev.eval_text("«conex»", read, Path::new("/"));
        let text = ev.str(bytes);
        read.and_then(|read| ev.call(read, &[text])).map_err(|error| match error.kind() {
            ErrorKind::Assert => self.bad_lock(&path, "it has no `nodes' and `root'"),
            ErrorKind::Limit => Stop::new(error, spot),
            _ => self.bad_lock(&path, error.message()),
        })
    }

    fn bad_lock(&self, path: &Path, why: &str) -> Stop {
        let summary = format!("The lock file of the flake can not be read: {why}");
        let start = Position { byte: 0, line: 1, column: 1 };
        let place = Place { file: path.to_string_lossy().into(), start, end: start };
        let mut problem = Diagnostic::new(Code::InvalidFlake, summary).at(place);
        problem.help = Some("`nix flake lock' makes a new one.".to_owned());
        Stop::Problem(Box::new(problem))
    }

    /// The flake with its inputs.
    fn tie(
        &self,
        ev: &mut Evaluator<'h>,
        flake: Value<'h>,
        spot: Spot,
    ) -> std::result::Result<Value<'h>, Stop> {
        let failed = |error| Stop::new(error, spot);
        let lock = self.lock(ev, spot)?;
        let function = ev.eval_file(Path::new(embedded::FLAKE)).map_err(failed)?;
        let [unknown, stored, fetched] = functions(ev);
        let directory = Path::new(self.file).parent().unwrap_or(Path::new("/"));
        let directory = ev.str(directory.to_string_lossy().as_bytes());
        let given = [
            ("directory", directory),
            ("lock", lock),
            ("lib", self.sys.lib),
            unknown,
            stored,
            fetched,
        ];
        let given = ev.attrs(&given);
        let tied = ev.call(function, &[given]).map_err(failed)?;
        let tied = ev.force_attrs(tied).map_err(failed)?;
        let mut part = |name: &str| -> Result<Value<'h>> {
            let name = ev.symbol(name);
            Ok(tied.get(name).map_or(Value::NULL, |attr| attr.value))
        };
        let nixpkgs = [part("nixpkgs"), part("nixpkgsOf")];
        let (value, lib, known) = (
            part("outputs").map_err(failed)?,
            part("lib").map_err(failed)?,
            part("known").map_err(failed)?,
        );
        if let [Ok(usual), Ok(of)] = nixpkgs {
            self.nixpkgs.replace(Some([usual, of]));
        }
        if let Ok(lib) = ev.force(lib) {
            ev.name_for_fingerprints(lib, "lib");
        }
        self.check_arguments(ev, flake, known, spot).map_err(|stop| *stop)?;
        Ok(value)
    }

    /// The inputs that `outputs` takes are declared, locked or known to all.
    fn check_arguments(
        &self,
        ev: &mut Evaluator<'h>,
        flake: Value<'h>,
        locked: Value<'h>,
        spot: Spot,
    ) -> std::result::Result<(), Box<Stop>> {
        let failed = |error| Box::new(Stop::new(error, spot));
        let flake = ev.force_attrs(flake).map_err(failed)?;
        let (outputs, inputs) = (ev.symbol("outputs"), ev.symbol("inputs"));
        let Some(outputs) = flake.get(outputs) else { return Ok(()) };
        let outputs = ev.force(outputs.value).map_err(failed)?;
        if !matches!(outputs.view(), View::Closure(_)) {
            return Ok(());
        }
        let mut known: Vec<Symbol> = Vec::new();
        for set in [flake.get(inputs).map_or(Value::NULL, |attr| attr.value), locked] {
            if let View::Attrs(set) = ev.force(set).map_err(failed)?.view() {
                known.extend(set.as_slice(self.sys.heap).iter().map(|attr| attr.name));
            }
        }
        let formals = ev.call(self.sys.function_args, &[outputs]).map_err(failed)?;
        let formals = ev.force_attrs(formals).map_err(failed)?;
        for formal in ev.by_name(formals.as_slice(self.sys.heap)).iter() {
            let name = ev.name(formal.name).to_owned();
            let optional = matches!(ev.force(formal.value).map(Value::view), Ok(View::Bool(true)));
            if optional
                || name == "self"
                || known.contains(&formal.name)
                || REGISTRY.contains(&name.as_str())
            {
                continue;
            }
            return Err(Box::new(Stop::Problem(self.no_input(
                ev,
                &name,
                formal.name,
                &known,
                spot,
            ))));
        }
        Ok(())
    }

    fn no_input(
        &self,
        ev: &Evaluator<'h>,
        name: &str,
        symbol: Symbol,
        known: &[Symbol],
        spot: Spot,
    ) -> Box<Diagnostic> {
        let summary = format!("`outputs' takes `{name}', which is no input of the flake");
        let mut problem = self.sys.problem(ev, Code::InvalidFlake, summary, None, spot);
        if let Some((module, offset)) =
            spot.formal(ev, symbol).and_then(|position| ev.sources().position(position))
        {
            let end = offset + u32::try_from(name.len()).unwrap_or(0);
            let span = conex_parser::Span::new(offset, end);
            problem.place = Some(crate::spot::place(module, span));
        }
        let known = known.iter().map(|known| ev.name(*known));
        problem.help = Some(match suggest::nearest(name, known) {
            Some(near) => format!("Did you mean `{near}'?"),
            None => format!("Declare it: inputs.{name}.url = \"…\";"),
        });
        problem
    }
}

/// What is not said, or can not be evaluated, is not known.
fn locked_nixpkgs<'h>(ev: &mut Evaluator<'h>, found: Value<'h>) -> LockedNixpkgs {
    let Ok(found) = ev.force_attrs(found) else { return LockedNixpkgs::default() };
    let [name, place, tree, below] = ["name", "place", "locked", "below"].map(|part| {
        let part = ev.symbol(part);
        found.get(part).and_then(|attr| ev.force(attr.value).ok())
    });
    let text = |value: Option<Value<'h>>| match value.map(Value::view) {
        Some(View::Str(text)) => Some(text.to_string_lossy().into_owned()),
        _ => None,
    };
    LockedNixpkgs {
        input: text(name).unwrap_or_default(),
        place: text(place).map(PathBuf::from),
        tree: tree.and_then(|tree| ev.locked_tree(tree).ok()),
        below: text(below),
    }
}

/// The functions that `flake.nix` takes, with their names there.
pub(crate) fn functions<'h>(ev: &mut Evaluator<'h>) -> [(&'static str, Value<'h>); 3] {
    [("unknown", unknown(ev)), ("stored", stored(ev)), ("fetched", fetched(ev))]
}

/// The function that makes, of a name, a set of which nothing else is known.
pub(crate) fn unknown<'h>(ev: &mut Evaluator<'h>) -> Value<'h> {
    let heap = ev.heap();
    ev.function("unknown", 1, move |ev, a| {
        let name = ev.force(a[0])?;
        Ok(Attrs::open(heap, &mut conex_evaluator::Buffer::new(heap), name).into())
    })
}

/// The function that finds a tree in the store by its hash, or null.
fn stored<'h>(ev: &mut Evaluator<'h>) -> Value<'h> {
    ev.function("stored", 1, |ev, a| {
        let hash = ev.force_str(a[0])?.to_string_lossy().into_owned();
        Ok(ev.stored_tree(&hash).map_or(Value::NULL, |path| ev.str(path)))
    })
}

/// The function that finds a tree in the store that a lock file names, once whoever may
/// fetch it knows that something needs it; or null.
fn fetched<'h>(ev: &mut Evaluator<'h>) -> Value<'h> {
    ev.function("fetched", 2, |ev, a| {
        let name = ev.force_str(a[0])?.to_string_lossy().into_owned();
        let tree = ev.locked_tree(a[1])?;
        ev.io().needs(&name, &tree).map_err(|error| {
            let (NixError::Missing(why) | NixError::Failed(why)) = error;
            let message = format!("could not fetch {name} ({}): {why}", tree.reference);
            Error::new(ErrorKind::Unsupported, message)
        })?;
        let path = tree.path.filter(|path| ev.io().kind(Path::new(path)).is_ok());
        Ok(path.map_or(Value::NULL, |path| ev.str(path)))
    })
}

/// Reports why there is no host. What is only unknown is an error here: there
/// is nothing else to look at.
fn report<'h>(sys: &Shared<'h>, ev: &Evaluator<'h>, stop: Stop, what: &str, attribute: &str) {
    let Stop::Unknown(error, spot) = stop else { return sys.report_stop(ev, stop, None) };
    let clause = sys.clause(ev, &error);
    let clause = clause.strip_prefix("it ").unwrap_or(&clause);
    let mut problem =
        Diagnostic::new(Code::UnknownValue, format!("{what} is unknown: it {clause}"));
    problem.detail = format!("`{attribute}' can not be evaluated without it.");
    problem.place = sys.failure_place(ev, &error).or_else(|| sys.places.value(ev, spot));
    let function = clause.rsplit_once(".lib.").map_or("", |(_, function)| function);
    problem.help = Some(match suggest::nearest(function, std::iter::once(MAKES_HOSTS)) {
        Some(near) => format!("Did you mean `{near}'?"),
        None => NO_SOURCE.to_owned(),
    });
    sys.report(problem);
}

/// Whether a value is a set of which nothing is known because it comes from
/// elsewhere.
pub(crate) fn is_from_elsewhere(value: Value<'_>) -> bool {
    let View::Attrs(set) = value.view() else { return false };
    let reason = set.unknown_rest().filter(|_| set.is_empty()).map(Value::view);
    matches!(reason, Some(View::Str(text)) if text.bytes().starts_with(b"inputs."))
}

/// Whether an error says that something from elsewhere is not at hand: an
/// input of a flake, a part of nixpkgs, what has to be fetched.
pub(crate) fn is_elsewhere(error: &Error) -> bool {
    let message = error.message();
    message.starts_with(INPUT)
        || message.starts_with("it depends on what is in inputs.")
        || message.starts_with("it depends on <")
        || message.starts_with("it depends on what '")
        || message.ends_with("depends on modulesPath")
        || message.ends_with("depends on pkgs.path")
}
