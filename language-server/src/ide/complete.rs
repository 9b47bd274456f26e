//! What could stand at the cursor.
//!
//! Text that is being typed hardly ever parses, so a name is put at the
//! cursor, with what may be missing behind it, and of the texts that come of
//! it the one with the fewest mistakes is looked at.

use std::path::{Path, PathBuf};

use conex_evaluator::FileKind;
use conex_model::quote_name;
use conex_parser::Span;
use conex_parser::structure::{EntryKind, Literal, Name, Step, Structure, Use, structure};

use super::elsewhere::{self, Elsewhere};
use super::evaluate::Attribute;
use super::{Documented, View, builtins, evaluate, hover};

/// Something that could stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What is shown, and sorted by.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// What replaces `span`.
    pub insert: String,
    /// The part of it that is typed already.
    pub span: Span,
    /// A few words.
    pub detail: Option<String>,
    /// More, in Markdown.
    pub documentation: Option<String>,
}

/// What could stand there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompletionKind {
    /// An option, or a set of them.
    Option,
    /// A value that an option may have.
    Value,
    /// A variable.
    Variable,
    /// An attribute that is a function.
    Function,
    /// An attribute.
    Attribute,
    /// A container.
    Container,
    /// A file.
    File,
    /// A directory.
    Directory,
}

/// No text has it in it.
const CURSOR: &str = "conexCursor";

/// What may be missing behind the cursor.
const BEHIND: [&str; 4] = ["", " = conexValue;", ";", "\";"];

/// Where the options are that name containers.
const OF_CONTAINERS: [&str; 1] = ["containers.<name>.dependsOn"];

/// The constants of Nix.
const CONSTANTS: [&str; 3] = ["true", "false", "null"];

/// What could stand at an offset, the likeliest first.
pub fn complete(view: &View<'_>, offset: u32) -> Vec<Completion> {
    let at = offset as usize;
    let (Some(before), Some(after)) = (view.text.get(..at), view.text.get(at..)) else {
        return Vec::new();
    };
    let found = read(before, after);
    let typed = before.trim_end_matches(|c: char| c.is_alphanumeric() || "_-'".contains(c)).len();
    let cursor = Cursor { view, found: &found, offset, span: Span::new(typed as u32, offset) };
    cursor.in_literal().or_else(|| cursor.at_name()).or_else(|| cursor.at_use()).unwrap_or_default()
}

/// The text with a name at the cursor and what is missing behind it: of those
/// with equally few mistakes, the one with the least added.
fn read(before: &str, after: &str) -> Structure {
    let mut best: Option<Structure> = None;
    for behind in BEHIND {
        let found = structure(&format!("{before}{CURSOR}{behind}{after}"));
        let is_whole = found.mistakes == 0;
        if best.as_ref().is_none_or(|best| found.mistakes < best.mistakes) {
            best = Some(found);
        }
        if is_whole {
            break;
        }
    }
    best.unwrap_or_default()
}

struct Cursor<'a, 'v> {
    view: &'a View<'v>,
    /// The text with a name at the cursor.
    found: &'a Structure,
    offset: u32,
    span: Span,
}

pub(super) fn is_cursor(name: &Name) -> bool {
    name.text.as_deref().is_some_and(|text| text.contains(CURSOR))
}

impl Cursor<'_, '_> {
    /// The name of a definition: options below the set that it is in.
    fn at_name(&self) -> Option<Vec<Completion>> {
        let (index, entry) = self.found.entries.iter().enumerate().find(|(_, entry)| {
            entry.kind != EntryKind::Variable && entry.names.iter().any(is_cursor)
        })?;
        let name = entry.names.iter().position(is_cursor)?;
        if entry.kind == EntryKind::Inherited {
            return Some(self.variables());
        }
        let path = self.found.path_to(index, name);
        let beside = self.found.entries.iter().filter(|other| other.set == entry.set);
        let taken: Vec<_> = beside
            .filter(|other| other.names.len() == entry.names.len())
            .filter(|other| other.names[..name] == entry.names[..name])
            .filter_map(|other| other.names.get(name)?.text.as_deref())
            .collect();
        let mut all = self.options(&path, &taken);
        if self.view.options.is_named_freely(&path) && all.is_empty() {
            all.extend(self.view.container_names().into_iter().filter_map(|name| {
                let is_set = super::options::normal(&path) == [Step::Name("containers".into())];
                is_set.then(|| self.completion(&name, CompletionKind::Container))
            }));
        }
        if let Some(path) = elsewhere::of_system(&path) {
            let is_known = |name: &str| all.iter().any(|it| it.label == name);
            let mut used = elsewhere::below(self.view, self.found, &path);
            used.retain(|it| !taken.contains(&&*it.name) && !is_known(&it.name));
            all.extend(used.iter().map(|it| self.used_elsewhere(it)));
        }
        Some(all)
    }

    /// What nobody has declared here, but somebody has used.
    fn used_elsewhere(&self, used: &Elsewhere) -> Completion {
        let more = match used.files.len() {
            0 | 1 => String::new(),
            several => format!(" and {} more", several - 1),
        };
        let first = used.files.first().map(String::as_str).unwrap_or_default();
        Completion {
            detail: Some(format!("used in {first}{more}")),
            ..self.completion(&used.name, CompletionKind::Option)
        }
    }

    fn options(&self, path: &[Step], taken: &[&str]) -> Vec<Completion> {
        let below = self.view.options.below(path).into_iter();
        let new = below.filter(|(name, _)| !taken.contains(name));
        new.map(|(name, option)| self.option(name, option)).collect()
    }

    fn option(&self, name: &str, option: Option<&Documented>) -> Completion {
        Completion {
            detail: option.map(|option| option.doc.type_.clone()),
            documentation: option.map(hover::describe),
            ..self.completion(name, CompletionKind::Option)
        }
    }

    fn completion(&self, label: &str, kind: CompletionKind) -> Completion {
        let insert = match kind {
            CompletionKind::Value => label.to_owned(),
            _ => quote_name(label).to_string(),
        };
        let (label, span) = (label.to_owned(), self.span);
        Completion { label, kind, insert, span, detail: None, documentation: None }
    }

    /// A variable, or what is selected from one.
    fn at_use(&self) -> Option<Vec<Completion>> {
        let here = |used: &&Use| used.name.contains(CURSOR) || used.selected.iter().any(is_cursor);
        let used = self.found.uses.iter().find(here)?;
        let Some(selected) = used.selected.iter().position(is_cursor) else {
            let mut all = self.values();
            let mut variables = self.variables();
            // What the option may be is said already.
            variables.retain(|it| all.is_empty() || !CONSTANTS.contains(&&*it.label));
            all.append(&mut variables);
            return Some(all);
        };
        let names: Option<Vec<String>> =
            used.selected[..selected].iter().map(|name| name.text.clone()).collect();
        let names = names?;
        if used.name == "config" {
            let path: Vec<Step> = names.into_iter().map(Step::Name).collect();
            let mut all = self.options(&path, &[]);
            if path == [Step::Name("containers".to_owned())] {
                let names = self.view.container_names();
                all.extend(names.iter().map(|it| self.completion(it, CompletionKind::Container)));
            }
            return Some(all);
        }
        let expression: Vec<_> = std::iter::once(&used.name)
            .chain(&names)
            .map(|name| quote_name(name).to_string())
            .collect();
        let found = evaluate::attributes(self.view, used.span.start, &expression.join("."));
        let kind = |function| match function {
            true => CompletionKind::Function,
            false => CompletionKind::Attribute,
        };
        let of = |it: Attribute| Completion {
            documentation: it.documentation,
            ..self.completion(&it.name, kind(it.is_function))
        };
        Some(found.into_iter().map(of).collect())
    }

    /// The variables that can be used here.
    fn variables(&self) -> Vec<Completion> {
        let offset = self.offset;
        let variables = self.found.variables.iter();
        let seen = variables
            .filter(|it| it.scope.start <= offset && offset <= it.scope.end)
            .filter(|it| !it.name.contains(CURSOR));
        let mut names: Vec<_> = seen.map(|it| it.name.clone()).collect();
        names.extend(CONSTANTS.map(str::to_owned));
        let own = names.clone();
        names.extend(builtins::GLOBAL.map(str::to_owned));
        names.sort();
        names.dedup();
        let of = |name: &String| Completion {
            documentation: match own.contains(name) {
                true => None,
                false => builtins::documentation(name),
            },
            ..self.completion(name, CompletionKind::Variable)
        };
        names.iter().map(of).collect()
    }

    /// What the option that is defined here may be.
    fn values(&self) -> Vec<Completion> {
        let Some(index) = self.found.value_at(self.offset) else { return Vec::new() };
        let path = self.found.path(index);
        let Some(option) = self.view.options.find(&path) else { return Vec::new() };
        let mut all: Vec<_> = allowed(option)
            .iter()
            .map(|value| self.completion(value, CompletionKind::Value))
            .collect();
        if OF_CONTAINERS.contains(&&*option.doc.name) {
            let names = self.view.container_names();
            all.extend(names.iter().map(|name| Completion {
                insert: format!("\"{name}\""),
                ..self.completion(name, CompletionKind::Container)
            }));
        }
        all
    }

    /// A path, or a string that an option is set to.
    fn in_literal(&self) -> Option<Vec<Completion>> {
        let here = |literal: &&Literal| literal.text.contains(CURSOR);
        if let Some(path) = self.found.paths.iter().find(here) {
            return Some(self.files(path.text.split(CURSOR).next()?));
        }
        let string = self.found.strings.iter().find(here)?;
        let typed = string.text.split(CURSOR).next()?;
        if typed.starts_with('/') || typed.starts_with("./") || typed.starts_with("../") {
            return Some(self.files(typed));
        }
        let mut path = self.found.path_between(string.parent, &string.between);
        if path.last() == Some(&Step::Element) {
            path.pop();
        }
        let Some(option) = self.view.options.find(&path) else { return Some(Vec::new()) };
        let span = Span::new(self.offset - typed.len() as u32, self.offset);
        let plain = |label: String, kind| Completion {
            insert: label.clone(),
            span,
            ..self.completion(&label, kind)
        };
        if OF_CONTAINERS.contains(&&*option.doc.name) {
            let names = self.view.container_names().into_iter();
            return Some(names.map(|name| plain(name, CompletionKind::Container)).collect());
        }
        let quoted = allowed(option)
            .into_iter()
            .filter_map(|value| Some(value.strip_prefix('"')?.strip_suffix('"')?.to_owned()));
        Some(quoted.map(|value| plain(value, CompletionKind::Value)).collect())
    }

    /// The files that begin with what is typed.
    fn files(&self, typed: &str) -> Vec<Completion> {
        let (directory, name) = typed.rsplit_once('/').map_or((".", typed), |(d, n)| (d, n));
        let directory = match typed.starts_with('/') {
            true => PathBuf::from(format!("{directory}/")),
            false => self.view.path.parent().unwrap_or(Path::new("/")).join(directory),
        };
        let span = Span::new(self.offset - name.len() as u32, self.offset);
        let mut entries = self.view.world.io.read_dir(&directory).unwrap_or_default();
        entries.retain(|(it, _)| {
            it.starts_with(name) && (name.starts_with('.') || !it.starts_with('.'))
        });
        entries.sort();
        let of = |(label, kind): (String, FileKind)| Completion {
            insert: label.clone(),
            kind: match kind {
                FileKind::Directory => CompletionKind::Directory,
                _ => CompletionKind::File,
            },
            label,
            span,
            detail: None,
            documentation: None,
        };
        entries.into_iter().map(of).collect()
    }
}

/// The values that the type of an option, or else its description, lists.
fn allowed(option: &Documented) -> Vec<String> {
    let type_ = &option.doc.type_;
    let mut all = Vec::new();
    if type_.contains("null or") {
        all.push("null".to_owned());
    }
    if type_.contains("boolean") {
        all.extend(["true", "false"].map(str::to_owned));
    }
    if let Some((_, listed)) = type_.split_once("one of ") {
        all.extend(listed.split(", ").map(|value| value.trim().to_owned()));
    } else if type_ == "string" {
        all.extend(listed_in(&option.doc.description));
    }
    all
}

/// `tcp` and `udp` of "The protocol: `tcp` or `udp`."
fn listed_in(description: &str) -> Vec<String> {
    let parts: Vec<&str> = description.split('`').collect();
    let named: Vec<_> = parts.iter().skip(1).step_by(2).map(|name| format!("\"{name}\"")).collect();
    let between: Vec<_> = parts.iter().skip(2).step_by(2).copied().collect();
    let listed = between.iter().rev().skip(1).all(|text| [" or ", ", "].contains(text));
    if named.len() >= 2 && listed { named } else { Vec::new() }
}
