//! What is to be said of the texts of files, evaluated or not.
//!
//! The configuration of a container is not evaluated, but the files that it
//! names are known all the same where they are written down. They are looked
//! through, and so is what they name: what Nix would refuse them for, files
//! that are not there, and what nothing uses.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use conex_evaluator::{Evaluator, FileKind, Io, Text, canonical};
use conex_model::{Code, Diagnostic, Edit, Fix, Place, Position, Severity};
use conex_parser::{Certainty, NamedFile, Span, Unused, UnusedKind};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::report::{Findings, mistake};
use crate::suggest;
use crate::system::System;

/// So many files are looked through that are not evaluated.
const MAX_FILES: usize = 10_000;

/// Larger files are hardly written by anybody.
const MAX_SIZE: u64 = 16 << 20;

/// As many links as Nix follows.
const MAX_LINKS: usize = 1023;

/// What is found in a nixpkgs and in no configuration.
const NIXPKGS: &str = "pkgs/top-level/all-packages.nix";

/// What a path leads to.
enum Found {
    File(PathBuf),
    /// There is nothing at this path.
    Missing(PathBuf),
    /// What can not be read here, or is no file.
    Other,
}

/// A file that is to be looked through.
struct Looked {
    path: PathBuf,
    text: Rc<Text>,
    /// Whether it was evaluated, not only looked into, and its mistakes are
    /// known.
    evaluated: bool,
}

/// Positions in a text.
struct Places<'t> {
    file: Arc<str>,
    text: &'t Text,
}

impl<'t> Places<'t> {
    fn new(path: &Path, text: &'t Text) -> Self {
        Self { file: path.to_string_lossy().into(), text }
    }

    fn at(&self, span: Span) -> Place {
        let position = |byte: u32| {
            let at = self.text.lines().line_column(byte);
            Position { byte, line: at.line, column: at.column }
        };
        Place { file: self.file.clone(), start: position(span.start), end: position(span.end) }
    }
}

impl<'h> System<'h> {
    /// Looks through the files that were read, and those that they name.
    /// The first texts may have been looked through before.
    pub(crate) fn look_through_files(
        &self,
        ev: &Evaluator<'h>,
        configuration: &Path,
        first: usize,
    ) {
        let mut files = Files {
            system: self,
            ev,
            foreign: Foreign::new(ev, configuration),
            seen: FxHashSet::default(),
            waiting: VecDeque::new(),
            read: 0,
        };
        // What is read for its contents only is no business of ours, and what
        // is no text is told elsewhere.
        let texts: FxHashSet<_> = ev.files_read().iter().map(|(path, _)| path).collect();
        for module in ev.sources().modules().iter().skip(first) {
            let Some(path) = module.path.as_ref().filter(|path| texts.contains(path)) else {
                continue;
            };
            if files.seen.insert(path.clone()) {
                let (path, text) = (path.clone(), module.read.clone());
                files.waiting.push_back(Looked { path, text, evaluated: !module.quiet });
            }
        }
        while let Some(text) = files.waiting.pop_front() {
            if !files.foreign.is(ev.io(), &text.path) {
                files.look_through(&text);
            }
        }
    }
}

/// What is to be said of one text alone: what Nix refuses it for, and what
/// nothing in it uses. `path` is what places name.
pub fn check_text(evaluator: &Evaluator<'_>, path: &Path, text: &str) -> Vec<Diagnostic> {
    let options = evaluator.parser_options();
    let text = evaluator.texts().get(path, &text.into());
    let places = Places::new(path, &text);
    let mut found = Findings::default();
    for error in text.mistakes(&options) {
        found.push(mistake(error, |span| places.at(span)));
    }
    let undefined = found.undefined(&places.file);
    for unused in &text.inspection(&options).unused {
        if !is_meant(unused, &undefined) {
            found.push(finding(unused, &places));
        }
    }
    found.take()
}

/// What Nix refuses a text for that was lowered. `path` is what places name.
pub fn mistakes(path: &Path, text: &Text) -> Vec<Diagnostic> {
    let places = Places::new(path, text);
    let errors = text.mistakes(&conex_parser::Options::default()).iter();
    errors.map(|error| mistake(error, |span| places.at(span))).collect()
}

/// Whether a name was misspelt where it was meant, which is told there.
fn is_meant(unused: &Unused, undefined: &[String]) -> bool {
    let near = |name: &String| suggest::nearest(name, [&*unused.name].into_iter()).is_some();
    undefined.iter().any(near)
}

struct Files<'a, 'h> {
    system: &'a System<'h>,
    ev: &'a Evaluator<'h>,
    foreign: Foreign,
    seen: FxHashSet<PathBuf>,
    waiting: VecDeque<Looked>,
    /// How many files were read here.
    read: usize,
}

impl Files<'_, '_> {
    fn look_through(&mut self, file: &Looked) {
        let options = self.ev.parser_options();
        let places = Places::new(&file.path, &file.text);
        if !file.evaluated {
            for error in file.text.mistakes(&options) {
                self.system.report(mistake(error, |span| places.at(span)));
            }
        }
        let inspection = file.text.inspection(&options);
        let undefined = self.system.findings.borrow().undefined(&places.file);
        for unused in &inspection.unused {
            if !is_meant(unused, &undefined) {
                self.system.report(finding(unused, &places));
            }
        }
        for named in &inspection.files {
            self.follow(file, named, &places);
        }
    }

    fn follow(&mut self, from: &Looked, named: &NamedFile, places: &Places<'_>) {
        if named.path.starts_with('~') {
            return;
        }
        let directory = from.path.parent().unwrap_or(Path::new("/"));
        let path = PathBuf::from(canonical(&directory.join(&named.path).to_string_lossy()));
        match locate(self.ev.io(), &path) {
            Found::File(file) => {
                let is_nix = file.extension().is_some_and(|extension| extension == "nix");
                if is_nix || named.certainty != Certainty::Perhaps {
                    self.read(file);
                }
            }
            Found::Missing(path) => self.missing(&path, named, places.at(named.span)),
            Found::Other => {}
        }
    }

    fn missing(&self, path: &Path, named: &NamedFile, place: Place) {
        // Another machine may well have it.
        let elsewhere = named.path.starts_with('/');
        let severity = match named.certainty {
            Certainty::Perhaps => return,
            Certainty::Sure if !elsewhere => Severity::Error,
            Certainty::Sure | Certainty::Conditional => Severity::Warning,
        };
        if self.system.findings.borrow().has_missing_file(&place) {
            return;
        }
        let summary = format!("path '{}' does not exist", path.display());
        let mut finding = Diagnostic::new(Code::MissingFile, summary).at(place);
        finding.severity = severity;
        self.system.report(finding);
    }

    /// Takes a file in, if it is new and not beyond measure. What is not UTF-8
    /// is left to Nix.
    fn read(&mut self, path: PathBuf) {
        if self.read == MAX_FILES || !self.seen.insert(path.clone()) {
            return;
        }
        let io = self.ev.io();
        if self.foreign.is(io, &path) || io.size(&path) > MAX_SIZE {
            return;
        }
        self.read += 1;
        let text = io.read(&path).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some(text) = text {
            let text = self.ev.texts().get(&path, &text.into());
            self.waiting.push_back(Looked { path, text, evaluated: false });
        }
    }
}

/// Follows links, and finds the `default.nix` of a directory.
fn locate(io: &dyn Io, path: &Path) -> Found {
    let (path, found) = match follow_links(io, path) {
        Ok((directory, FileKind::Directory)) => {
            let path = directory.join("default.nix");
            let found = follow_links(io, &path);
            (path, found)
        }
        found => (path.to_owned(), found),
    };
    match found {
        Ok((path, FileKind::Regular)) => Found::File(path),
        Err(std::io::ErrorKind::NotFound) => Found::Missing(path),
        _ => Found::Other,
    }
}

fn follow_links(io: &dyn Io, path: &Path) -> Result<(PathBuf, FileKind), std::io::ErrorKind> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        match io.kind(&path).map_err(|error| error.kind())? {
            FileKind::Symlink => {
                let target = io.read_link(&path).map_err(|error| error.kind())?;
                let directory = path.parent().unwrap_or(Path::new("/"));
                path = canonical(&directory.join(target).to_string_lossy()).into();
            }
            kind => return Ok((path, kind)),
        }
    }
    Err(std::io::ErrorKind::Other)
}

/// Tells whose files are whose: nobody mends those of the store or of a
/// nixpkgs for the sake of a configuration.
struct Foreign {
    /// What the search path leads to.
    search_places: Vec<PathBuf>,
    /// Whether a directory is in a nixpkgs.
    known: FxHashMap<PathBuf, bool>,
}

impl Foreign {
    fn new(ev: &Evaluator<'_>, configuration: &Path) -> Self {
        let places = ev.search_places().filter(|place| !configuration.starts_with(place));
        Self { search_places: places.map(Path::to_owned).collect(), known: FxHashMap::default() }
    }

    fn is(&mut self, io: &dyn Io, path: &Path) -> bool {
        path.starts_with("/nix/store")
            || self.search_places.iter().any(|place| path.starts_with(place))
            || path.parent().is_some_and(|directory| self.in_nixpkgs(io, directory))
    }

    fn in_nixpkgs(&mut self, io: &dyn Io, directory: &Path) -> bool {
        let mut asked = Vec::new();
        let mut foreign = false;
        for directory in directory.ancestors() {
            if let Some(&known) = self.known.get(directory) {
                foreign = known;
                break;
            }
            asked.push(directory.to_owned());
            if io.kind(&directory.join(NIXPKGS)).is_ok() {
                foreign = true;
                break;
            }
        }
        self.known.extend(asked.into_iter().map(|directory| (directory, foreign)));
        foreign
    }
}

fn finding(unused: &Unused, places: &Places<'_>) -> Diagnostic {
    let name = &unused.name;
    let (code, summary, title) = match unused.kind {
        UnusedKind::Binding => (
            Code::UnusedVariable,
            format!("the variable `{name}' is never used"),
            format!("remove the variable {name}"),
        ),
        UnusedKind::Inherited => (
            Code::UnusedVariable,
            format!("`{name}' is inherited and never used"),
            format!("do not inherit {name}"),
        ),
        UnusedKind::Argument => (
            Code::UnusedArgument,
            format!("the argument `{name}' is never used"),
            format!("remove the argument {name}"),
        ),
        UnusedKind::Whole => (
            Code::UnusedArgument,
            format!("the name `{name}' for all arguments is never used"),
            format!("remove the name {name}"),
        ),
        UnusedKind::With => (
            Code::UnusedWith,
            "no name comes from this `with'".to_owned(),
            "remove the `with'".to_owned(),
        ),
    };
    let mut finding = Diagnostic::new(code, summary).at(places.at(unused.span));
    finding.fix = unused.removal.map(|span| Fix {
        title,
        edits: vec![Edit { place: places.at(span), text: String::new() }],
    });
    finding
}

impl Findings {
    /// The variables of a file that nothing defines.
    fn undefined(&self, file: &str) -> Vec<String> {
        let here = |found: &&Diagnostic| {
            found.code == Code::UndefinedVariable
                && found.place.as_ref().is_some_and(|place| &*place.file == file)
        };
        let name = |found: &Diagnostic| found.summary.split('\'').nth(1).map(str::to_owned);
        self.all().iter().filter(here).filter_map(name).collect()
    }
}
