//! A file as somebody sees it who asks about it.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use conex_evaluator::{Io, Texts, canonical};
use conex_model::{Desired, Place};
use conex_parser::Span;
use conex_parser::structure::{Step, Structure};

use super::{Analysis, Defined, Documented, Options};

/// A file, and what is known of it.
pub struct View<'a> {
    /// Where it is.
    pub path: &'a Path,
    /// Its text.
    pub text: &'a str,
    /// What the text is made of.
    pub structure: Arc<Structure>,
    /// What the configurations come to that read it, as far as they were
    /// whole.
    pub analyses: Vec<Arc<Analysis>>,
    /// All options.
    pub options: &'a Options,
    /// What is around it.
    pub world: World<'a>,
}

/// What is around a file.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// The files of the machine, open ones as they are.
    pub io: &'a dyn Io,
    /// The directory of a nixpkgs, if one is at hand.
    pub nixpkgs: Option<&'a Path>,
    /// What is known of texts from one question to the next.
    pub texts: &'a RefCell<Texts>,
    /// What the files define, from one question to the next.
    pub defined: &'a RefCell<Defined>,
}

/// A place in some file: its path and the offsets there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// The file.
    pub path: PathBuf,
    /// Where in it.
    pub span: Span,
}

impl<'a> View<'a> {
    /// A view of a file.
    pub fn new(
        path: &'a Path,
        (text, structure): (&'a str, Arc<Structure>),
        analyses: Vec<Arc<Analysis>>,
        options: &'a Options,
        world: World<'a>,
    ) -> Self {
        Self { path, text, structure, analyses, options, world }
    }

    /// What is in a span.
    pub(super) fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// What each host that reads the file wants, with its name.
    pub(super) fn hosts(&self) -> impl Iterator<Item = (&str, &Desired)> {
        let hosts = self.analyses.iter().flat_map(|analysis| &analysis.hosts);
        hosts.map(|(name, desired)| (name.as_str(), desired))
    }

    /// The option that is defined at an offset: its path as far as to there,
    /// where its name is, and what is known of it.
    pub(super) fn option_at(&self, offset: u32) -> Option<(Vec<Step>, Span, Option<&Documented>)> {
        let (entry, name) = self.structure.name_at(offset)?;
        let path = self.structure.path_to(entry, name + 1);
        let span = self.structure.entries.get(entry)?.names.get(name)?.span;
        let option = self.options.find(&path);
        Some((path, span, option))
    }

    /// Whether a place is in this file, in a span.
    pub(super) fn is_in(&self, place: &Place, span: Span) -> bool {
        Path::new(&*place.file) == self.path
            && span.start <= place.start.byte
            && place.end.byte <= span.end
    }

    /// Whether a place is in this file, around a span.
    pub(super) fn is_around(&self, place: &Place, span: Span) -> bool {
        Path::new(&*place.file) == self.path
            && place.start.byte <= span.start
            && span.end <= place.end.byte
    }

    /// The file that a literal path leads to.
    pub(super) fn file(&self, path: &str) -> Option<PathBuf> {
        if path.starts_with(['~', '<']) {
            return None;
        }
        let joined = self.path.parent()?.join(path);
        Some(canonical(&joined.to_string_lossy()).into())
    }

    /// The names of all containers, of all hosts, once each.
    pub(super) fn container_names(&self) -> Vec<String> {
        let names = self.hosts().flat_map(|(_, desired)| desired.containers.keys());
        let mut names: Vec<String> = names.map(ToString::to_string).collect();
        names.sort();
        names.dedup();
        names
    }
}
