//! Which configurations there are in a folder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use conex_evaluator::{FileKind, Io, canonical};
use conex_options::Configured;
use conex_parser::ir::Expr;
use conex_parser::{STANDARD, Symbols};

/// The configurations that files are checked in the context of.
pub type Entries = BTreeSet<Configured>;

const MODULE: &str = "configuration.nix";
const FLAKE: &str = "flake.nix";

/// How deep, and among how many files, configurations are looked for.
const DEPTH: usize = 6;
const FILES: usize = 20_000;

/// Directories with files that nobody configures anything in.
const ELSEWHERE: [&str; 4] = ["node_modules", "target", "result", "vendor"];

/// The configurations in a folder: a `flake.nix` that names hosts goes before
/// the `configuration.nix` beside it and below, which most often are modules
/// of it.
pub fn find(io: &dyn Io, root: &Path) -> Entries {
    let mut entries = Entries::new();
    let mut seen = 0;
    let mut waiting = vec![(root.to_owned(), 0)];
    while let Some((directory, depth)) = waiting.pop() {
        if let Some(entry) = in_directory(io, &directory) {
            let is_flake = matches!(entry, Configured::Flake { .. });
            entries.insert(entry);
            if is_flake {
                continue;
            }
        }
        if depth == DEPTH || seen > FILES {
            continue;
        }
        let Ok(mut below) = io.read_dir(&directory) else { continue };
        below.sort();
        seen += below.len();
        for (name, kind) in below.into_iter().rev() {
            let wanted = !name.starts_with('.') && !ELSEWHERE.contains(&name.as_str());
            if kind == FileKind::Directory && wanted {
                waiting.push((directory.join(name), depth + 1));
            }
        }
    }
    entries
}

/// The configuration of a directory itself.
pub fn in_directory(io: &dyn Io, directory: &Path) -> Option<Configured> {
    let (module, file) = (directory.join(MODULE), directory.join(FLAKE));
    if io.kind(&file).is_ok() {
        let text = io.read(&file).unwrap_or_default();
        if String::from_utf8_lossy(&text).contains("nixosConfigurations") {
            return Some(Configured::Flake { file, host: None });
        }
    }
    io.kind(&module).is_ok().then_some(Configured::Module(module))
}

/// The configuration that somebody named: a file, a directory, or either with
/// a host of a flake behind `#`.
pub fn named(io: &dyn Io, root: &Path, name: &str) -> Configured {
    let (path, host) = match name.split_once('#') {
        Some((path, host)) => (path, Some(host.to_owned()).filter(|host| !host.is_empty())),
        None => (name, None),
    };
    let path = PathBuf::from(canonical(&root.join(path).to_string_lossy()));
    if io.kind(&path).is_ok_and(|kind| kind == FileKind::Directory) {
        let flake = path.join(FLAKE);
        return match in_directory(io, &path) {
            Some(Configured::Module(module)) if host.is_none() => Configured::Module(module),
            _ => Configured::Flake { file: flake, host },
        };
    }
    match path.file_name().is_some_and(|name| name == FLAKE) || host.is_some() {
        true => Configured::Flake { file: path, host },
        false => Configured::Module(path),
    }
}

/// Whether a text by itself is a module that can be evaluated: a set, or a
/// function of what modules are given.
pub fn looks_like_a_module(text: &str) -> bool {
    let mut symbols = Symbols::new();
    let parsed = conex_parser::parse(text, &mut symbols, &conex_parser::Options::default());
    let ir = &parsed.ir;
    let body = ir.units.first().and_then(|unit| ir.exprs.get(unit.body.0 as usize));
    match body {
        Some(Expr::AttrSet(_) | Expr::Let { .. } | Expr::WithIn { .. } | Expr::Error) => true,
        Some(Expr::Lambda(id)) => {
            let Some(lambda) = ir.lambdas.get(id.0 as usize) else { return false };
            let Some(pattern) = lambda.pattern.filter(|_| lambda.arity == 1) else { return false };
            let formals = ir.formals.get(pattern.formals.indices()).unwrap_or_default();
            let standard =
                formals.iter().all(|formal| STANDARD.contains(&symbols.text(formal.name)));
            pattern.ellipsis && (standard || text.contains("containers"))
        }
        _ => false,
    }
}
