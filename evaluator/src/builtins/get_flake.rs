//! `builtins.getFlake`: evaluates a flake with the inputs that its lock file
//! names.
//!
//! Inputs are looked for in the store by their hash, and fetched by the
//! installed Nix only when they are not there. Lock files are never written:
//! what is not locked is an error that says how to lock it.

use std::path::Path;

use super::Entry;
use super::fetch_tree::{self, Field, Input, named};
use super::json;
use crate::error::{Error, ErrorKind, Result};
use crate::evaluator::{Access, Evaluator};
use crate::io::{FileKind, LockedTree};
use crate::memory::{Buffer, Value, View};
use crate::store::hash::{Algorithm, Hash};
use crate::store::{self, Ingestion};

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![("getFlake", 1, |e, a| {
        e.settings.features.require("flakes", None)?;
        let reference = e.force(a[0])?;
        let reference = e.force_str(reference)?.to_string_lossy().into_owned();
        e.flake(&reference)
    })]
}

/// The function that ties the flakes of a lock file together.
///
/// `lock` is the lock file, `root` the tree with the flake itself, which is
/// in `directory` there, and `fetch` gets the name and the locked attributes
/// of an input.
const TIE: &str = r#"
let
  follow = input:
    if builtins.isList input then
      builtins.foldl' (node: step: follow lock.nodes.${node}.inputs.${step}) lock.root input
    else
      input;

  nodes = builtins.mapAttrs (name: node:
    let
      locked = node.locked or { };
      isRoot = name == lock.root;
      # A path that begins in the flake that the input is of.
      isWithin = !isRoot && locked.type or "" == "path" && builtins.substring 0 1 locked.path != "/";
      parent = nodes.${follow node.parent};

      sourceInfo =
        if isRoot then root
        else if isWithin then parent.sourceInfo
        else fetch name (removeAttrs locked [ "dir" ]);
      below = path: part: if part == "" then path else "${path}/${part}";
      base = if isWithin then below parent.outPath locked.path else sourceInfo.outPath;
      outPath = below base (if isRoot then directory else locked.dir or "");

      flake = import (outPath + "/flake.nix");
      inputs = builtins.mapAttrs (_: input: nodes.${follow input}.value) (node.inputs or { });
      self = outputs // sourceInfo // {
        inherit outPath inputs outputs sourceInfo;
        _type = "flake";
      };
      outputs = flake.outputs (unlocked flake // inputs // { inherit self; });

      # Inputs that the flake has and the lock file does not.
      unlocked = flake:
        if isRoot then
          builtins.mapAttrs (input: _: missing input) (removeAttrs
            (builtins.functionArgs flake.outputs // flake.inputs or { })
            [ "self" ])
        else
          { };
    in
    {
      inherit outPath sourceInfo;
      value =
        if node.flake or true then
          assert builtins.isFunction flake.outputs;
          self
        else
          sourceInfo // { inherit sourceInfo outPath; };
    }
  ) lock.nodes;
in
nodes.${lock.root}.value
"#;

/// A lock file of a flake without inputs.
const NO_INPUTS: &[u8] = br#"{ "nodes": { "root": { } }, "root": "root", "version": 7 }"#;

/// A reference to a flake, taken apart.
struct Reference {
    /// As it was given.
    whole: String,
    /// Without `dir`.
    tree: String,
    /// The directory of this machine, if it is one.
    path: Option<String>,
    /// Where in the tree the flake is.
    directory: String,
}

impl<'h> Evaluator<'h> {
    /// The value of a flake: its outputs and what is known of it.
    ///
    /// `reference` is what people call it: `path:/etc/nixos`, `/etc/nixos`,
    /// `github:NixOS/nixpkgs/…`.
    pub fn flake(&mut self, reference: &str) -> Result<Value<'h>> {
        let locked = ["narHash=", "rev="].iter().any(|part| reference.contains(part));
        if self.settings.access == Access::Pure && !locked {
            return Err(Error::type_error(format!(
                "cannot call 'getFlake' on unlocked flake reference '{reference}', at «none»:0 (use --impure to override)"
            )));
        }
        let reference = Self::flake_reference(reference)?;
        let root = self.flake_tree(&reference)?;
        let tree = self.force_attrs(root)?;
        let tree =
            self.required(tree, self.names.out_path, "while evaluating the tree of a flake")?;
        let tree = self.force_str(tree)?.to_string_lossy().into_owned();
        let directory = match reference.directory.as_str() {
            "" => tree,
            directory => crate::path::canonical(&format!("{tree}/{directory}")),
        };
        if !self.is_valid(&format!("{directory}/flake.nix")) {
            let message = format!(
                "source tree referenced by '{}' does not contain a '{}/flake.nix' file",
                reference.tree, reference.directory
            );
            return Err(Error::new(
                ErrorKind::File,
                message.replace("'/flake.nix'", "'flake.nix'"),
            ));
        }
        let lock = self.read_lock(&directory)?;
        let fetch = self.function("fetchFinalTree", 2, |e, a| e.locked_input(a[0], a[1]));
        let missing = self.missing_input(&reference.tree);
        let directory = self.str(&reference.directory);
        let given = [
            ("lock", lock),
            ("root", root),
            ("directory", directory),
            ("fetch", fetch),
            ("missing", missing),
        ];
        let mut scope: Buffer<'h, (&str, Value<'h>)> = Buffer::of(self.heap, &given);
        for name in ["builtins", "import", "map", "removeAttrs", "true"] {
            let symbol = self.symbols.intern(name);
            scope.extend(self.globals.get(symbol).map(|value| (name, value)));
        }
        self.eval_internal("«flakes-internal»/call-flake.nix", TIE, &scope)
    }

    /// The copy of an input that is in the store already, by the hash that a
    /// lock file has of it.
    pub fn stored_tree(&self, hash: &str) -> Option<String> {
        Self::tree_path(hash).filter(|path| self.is_valid(path))
    }

    /// Where a tree with a hash is in the store.
    fn tree_path(hash: &str) -> Option<String> {
        let hash = Hash::parse(hash, Some(Algorithm::Sha256)).ok()?;
        let how = Ingestion::Recursive;
        Some(store::fixed_output_path("source", how, hash.algorithm, &hash.bytes))
    }

    /// What the locked attributes of an input mean.
    pub fn locked_tree(&mut self, locked: Value<'h>) -> Result<LockedTree> {
        let input = self.locked_fields(locked)?;
        let path = match input.get("narHash") {
            Some(Field::Text(hash)) => Self::tree_path(hash),
            _ => None,
        };
        let expression = format!("({}).outPath", fetch_tree::expression(&input));
        Ok(LockedTree { reference: named(&input, "getFlake"), expression, path })
    }

    fn flake_reference(text: &str) -> Result<Reference> {
        let (tree, query) = text.split_once('?').unwrap_or((text, ""));
        let parameters = query.split('&').filter(|parameter| !parameter.is_empty());
        let (directories, others): (Vec<&str>, Vec<&str>) =
            parameters.partition(|parameter| parameter.starts_with("dir="));
        let directory = directories.last().map_or("", |dir| &dir["dir=".len()..]).to_owned();
        let path = match tree.strip_prefix("path:") {
            Some(path) => Some(path),
            None => Some(tree).filter(|tree| tree.starts_with('/')),
        };
        if path.is_some_and(|path| !path.starts_with('/')) {
            let message = format!("cannot fetch input '{text}' because it uses a relative path");
            return Err(Error::type_error(message));
        }
        let path = path.filter(|_| others.is_empty()).map(crate::path::canonical);
        let question = if others.is_empty() { "" } else { "?" };
        let tree = format!("{tree}{question}{}", others.join("&"));
        Ok(Reference { whole: text.to_owned(), tree, path, directory })
    }

    /// The tree with the flake itself.
    fn flake_tree(&mut self, reference: &Reference) -> Result<Value<'h>> {
        let Some(path) = &reference.path else {
            let whole = super::fetch::nix_string(&reference.whole);
            let call = format!("(builtins.getFlake {whole}).sourceInfo");
            return self.fetched_tree("getFlake", &reference.tree, &call);
        };
        if self.io.kind(Path::new(path)).ok() != Some(FileKind::Directory) {
            return Err(Error::new(ErrorKind::File, format!("path '{path}' does not exist")));
        }
        let field = |text: &str| Field::Text(text.to_owned());
        let fields = [("type", field("path")), ("path", field(path))];
        let input: Input = fields.into_iter().map(|(name, f)| (name.to_owned(), f)).collect();
        self.local_tree("getFlake", &input, path)
    }

    fn read_lock(&mut self, directory: &str) -> Result<Value<'h>> {
        let file = format!("{directory}/flake.lock");
        let text = match self.io.read(Path::new(&file)) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => NO_INPUTS.to_vec(),
            Err(error) => return Err(Error::file(Path::new(&file), &error)),
        };
        let failed = |why: &str| Error::new(ErrorKind::File, format!("lock file '{file}': {why}"));
        let lock = json::parse(self, &text).map_err(|error| failed(error.message()))?;
        let version = self.symbols.intern("version");
        let version = match lock.view() {
            View::Attrs(set) => set.get(version).map(|attr| attr.value),
            _ => None,
        };
        match version.map(Value::view) {
            Some(View::Int(5..=7)) => Ok(lock),
            Some(View::Int(version)) => {
                Err(failed(&format!("it has unsupported version {version}")))
            }
            _ => Err(failed("it has no version")),
        }
    }

    /// An input that a lock file names.
    fn locked_input(&mut self, name: Value<'h>, locked: Value<'h>) -> Result<Value<'h>> {
        let name = self.force_str(name)?.to_string_lossy().into_owned();
        let input = self.locked_fields(locked)?;
        let what = named(&input, "getFlake");
        self.fetch_input("getFlake", &input).map_err(|error| {
            let at = error.data().at;
            let message = format!("while fetching the flake input '{name}' ('{what}')");
            error.while_(at, || message)
        })
    }

    fn locked_fields(&mut self, locked: Value<'h>) -> Result<Input> {
        let locked = self.force_attrs(locked)?;
        let mut input = Input::new();
        for attr in self.all_attrs(locked)? {
            let value = self.force(attr.value)?;
            let field = match value.view() {
                View::Str(text) => Field::Text(text.to_string_lossy().into_owned()),
                View::Int(number) => Field::Number(number),
                View::Bool(flag) => Field::Flag(flag),
                _ => continue,
            };
            // What Nix notes for itself.
            let key = self.name(attr.name);
            if !key.starts_with("__") {
                input.insert(key.to_owned(), field);
            }
        }
        Ok(input)
    }

    /// A function that fails for an input that is not in the lock file.
    fn missing_input(&mut self, flake: &str) -> Value<'h> {
        let flake = flake.to_owned();
        self.function("missingInput", 1, move |e, a| {
            let input = e.force_str(a[0])?.to_string_lossy();
            let message = format!(
                "the input '{input}' of the flake '{flake}' is not in its lock file; run 'nix flake lock {flake}'"
            );
            Err(Error::new(ErrorKind::Unsupported, message))
        })
    }
}
