//! Which configurations there are in a folder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use conex_evaluator::{FileKind, Io, canonical};
use conex_options::Configured;
use conex_parser::ir::{Expr, Formal, Ir, Lambda};
use conex_parser::{STANDARD, Symbols};

/// The configurations that files are checked in the context of.
pub type Entries = BTreeSet<Configured>;

const MODULE: &str = "configuration.nix";
const FLAKE: &str = "flake.nix";

/// How deep, and among how many files, configurations are looked for.
const DEPTH: usize = 6;
const FILES: usize = 20_000;

/// Who has more configurations in a folder names those that matter.
const ENTRIES: usize = 64;

/// What is in a nixpkgs, whose many examples nobody means.
const NIXPKGS: &str = "pkgs/top-level/all-packages.nix";

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
        if entries.len() >= ENTRIES || io.kind(&directory.join(NIXPKGS)).is_ok() {
            continue;
        }
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
fn in_directory(io: &dyn Io, directory: &Path) -> Option<Configured> {
    let (module, file) = (directory.join(MODULE), directory.join(FLAKE));
    if io.kind(&file).is_ok() {
        let text = io.read(&file).unwrap_or_default();
        if configures_hosts(&String::from_utf8_lossy(&text)) {
            return Some(Configured::Flake { file, host: None });
        }
    }
    io.kind(&module).is_ok().then_some(Configured::Module(module))
}

/// The configuration that a file most likely belongs to: of its directory, or
/// of the nearest one above that has one, not above the root of a repository.
pub fn around(io: &dyn Io, file: &Path) -> Option<Configured> {
    let mut above = file.ancestors().skip(1);
    let is_root = |directory: &&Path| io.kind(&directory.join(".git")).is_ok();
    let depth = above.clone().position(|directory| is_root(&directory)).unwrap_or(0);
    above.by_ref().take(depth + 1).find_map(|directory| in_directory(io, directory))
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
    let mut body = ir.units.first().map(|unit| unit.body);
    while let Some(id) = body {
        body = match ir.exprs.get(id.0 as usize) {
            Some(Expr::AttrSet(_) | Expr::Error) => return true,
            Some(Expr::Lambda(id)) => {
                let lambda = ir.lambdas.get(id.0 as usize);
                return lambda.is_some_and(|lambda| takes_modules_arguments(ir, lambda, &symbols))
                    || text.contains("containers");
            }
            Some(
                Expr::Let { body, .. } | Expr::WithIn { body, .. } | Expr::Assert { body, .. },
            ) => Some(*body),
            _ => return text.contains("containers"),
        };
    }
    false
}

fn takes_modules_arguments(ir: &Ir, lambda: &Lambda, symbols: &Symbols) -> bool {
    let Some(pattern) = lambda.pattern.filter(|_| lambda.arity == 1) else { return false };
    let formals = ir.formals.get(pattern.formals.indices()).unwrap_or_default();
    let standard = |formal: &Formal| STANDARD.contains(&symbols.text(formal.name));
    pattern.ellipsis && formals.iter().all(standard)
}

/// Whether a text is a flake that configures hosts.
pub fn configures_hosts(text: &str) -> bool {
    text.contains("nixosConfigurations")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_told_from_other_files() {
        for (text, expected) in [
            ("{ containers.web = { }; }", true),
            ("{ config, lib, ... }: { }", true),
            ("{ config, inputs, user, ... }: { containers = { }; }", true),
            ("let x = 1; in { }", true),
            ("{ containers.web = {", true),
            ("{ lib, stdenv, ... }: stdenv.mkDerivation { }", false),
            ("{ pkgs ? import <nixpkgs> { } }: pkgs.mkShell { }", false),
            ("let pkgs = import <nixpkgs> { }; in pkgs.mkShell { }", false),
            ("x: y: x", false),
            ("[ 1 2 ]", false),
        ] {
            assert_eq!(looks_like_a_module(text), expected, "{text}");
        }
    }
}
