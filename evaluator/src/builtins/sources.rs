//! Sources: files and texts that become store objects as they are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Entry;
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::io::{FileKind, StoreObject};
use crate::memory::{ContextElement, Str, Value};
use crate::store::hash::{Algorithm, Hash};
use crate::store::{self, Ingestion};

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![("toFile", 2, to_file), ("path", 1, path), ("filterSource", 2, filter_source)]
}

impl<'h> Evaluator<'h> {
    /// The store path that a file or a directory has as a source.
    pub(crate) fn add_to_store(
        &mut self,
        name: &str,
        path: &str,
        how: Ingestion,
        filter: Option<Value<'h>>,
        expected: Option<Hash>,
    ) -> Result<Value<'h>> {
        let path_of = |hash: &[u8]| store::fixed_output_path(name, how, Algorithm::Sha256, hash);
        if let Some(hash) = &expected {
            let path = path_of(&hash.bytes);
            store::check_path_name(&path, name)?;
            self.io.allow(&path);
            if self.is_valid(&path) {
                return Ok(self.store_path_value(&path));
            }
        }
        let (hash, kept) = self.hash_source(Path::new(path), how, filter)?;
        if expected.is_some_and(|expected| expected.bytes != hash) {
            return Err(Error::type_error(format!(
                "store path mismatch in (possibly filtered) path added from '{path}'"
            )));
        }
        let copy = path_of(&hash);
        store::check_path_name(&copy, name)?;
        let recursive = how == Ingestion::Recursive;
        self.io.computed(&copy, StoreObject::Copy { file: path.into(), recursive, kept });
        Ok(self.store_path_value(&copy))
    }

    /// A store path as a string that depends on it.
    pub(crate) fn store_path_value(&self, path: &str) -> Value<'h> {
        let path = self.heap.intern(path.as_bytes());
        let context = self.heap.context(&[ContextElement::Opaque(path)]);
        Str::of(self.heap, path, Some(context)).into()
    }

    /// The hash of what is at a path, and what a filter let through.
    pub(crate) fn hash_source(
        &mut self,
        file: &Path,
        how: Ingestion,
        filter: Option<Value<'h>>,
    ) -> Result<([u8; 32], Option<Vec<PathBuf>>)> {
        if how == Ingestion::Flat {
            use sha2::Digest;
            let bytes = self.read(&file.to_string_lossy())?;
            return Ok((sha2::Sha256::digest(bytes).into(), None));
        }
        let io = self.io;
        let Some(filter) = filter else {
            if let Some(hash) = self.archives.get(file) {
                return Ok((*hash, None));
            }
            let hash = store::nar::hash(io, file, &mut |_, _| Ok(true))?;
            self.archives.insert(file.to_owned(), hash);
            return Ok((hash, None));
        };
        let mut kept = Vec::new();
        let hash = store::nar::hash(io, file, &mut |path: &Path, kind: FileKind| {
            let text = self.str(path.to_string_lossy().as_bytes());
            let kind = self.str(kind.name());
            let keep = self.call(filter, &[text, kind])?;
            let keep = self.demand_bool(
                keep,
                "while evaluating the return value of the path filter function",
            )?;
            if keep {
                kept.push(path.to_owned());
            }
            Ok(keep)
        })?;
        kept.sort_unstable();
        Ok((hash, Some(kept)))
    }

    /// The store path of the copy of a path, wherever it is.
    pub(crate) fn copied_path(&mut self, path: &str) -> Result<Value<'h>> {
        if path.ends_with(".drv") {
            return Err(Error::type_error("file names are not allowed to end in '.drv'"));
        }
        self.add_to_store(&base_name(path), path, Ingestion::Recursive, None, None)
    }
}

fn base_name(path: &str) -> String {
    String::from_utf8_lossy(crate::path::base_name(path.as_bytes())).into_owned()
}

/// A text in the store. It may refer to store paths but not to what is still
/// to be built.
fn to_file<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let name = e.force_str(a[0])?.to_string_lossy().into_owned();
    let content = e.force_str(a[1])?;
    let mut references = BTreeSet::new();
    for element in content.context().unwrap_or_default() {
        match element {
            ContextElement::Opaque(path) => {
                references.insert(String::from_utf8_lossy(path).into_owned());
            }
            other => {
                let other = super::context::show(other);
                let message = format!(
                    "files created by builtins.toFile may not reference derivations, but {name} references {other}"
                );
                return Err(Error::type_error(message));
            }
        }
    }
    let path = store::text_path(&name, content.bytes(), references.iter().map(String::as_str));
    store::check_path_name(&path, &name)?;
    if !references.is_empty() {
        e.references.insert(path.clone(), references.iter().cloned().collect());
    }
    let references = references.into_iter().collect();
    let object = StoreObject::Text { content: content.bytes().to_vec(), references };
    e.io.computed(&path, object);
    Ok(e.store_path_value(&path))
}

/// `builtins.path { path; name; filter; recursive; sha256; }`
fn path<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let arguments = e.force_attrs(a[0])?;
    let (mut file, mut name, mut filter) = (None, None, None);
    let (mut how, mut hash) = (Ingestion::Recursive, None);
    for attr in e.all_attrs(arguments)? {
        match e.name(attr.name).to_owned().as_str() {
            "path" => file = Some(e.realise_path(attr.value)?),
            "name" => name = Some(e.force_str(attr.value)?.to_string_lossy().into_owned()),
            "filter" => filter = Some(e.force_function(attr.value)?),
            "recursive" if !e.force_bool(attr.value)? => how = Ingestion::Flat,
            "recursive" => {}
            "sha256" => {
                let text = e.force_str(attr.value)?.to_string_lossy().into_owned();
                let algorithm = Some(Algorithm::Sha256);
                hash = Some(Hash::parse_or_empty(&text, algorithm, |text| e.io.message(text))?);
            }
            other => {
                let message = format!("unsupported argument '{other}' to 'builtins.path'");
                return Err(Error::type_error(message));
            }
        }
    }
    let Some(file) = file else {
        let message = "missing required 'path' attribute in the first argument to 'builtins.path'";
        return Err(Error::type_error(message));
    };
    let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| base_name(&file));
    let file = e.resolve_links(&file);
    e.add_to_store(&name, &file, how, filter, hash)
}

/// `builtins.filterSource filter path`
fn filter_source<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let context = "while evaluating the second argument (the path to filter) passed to 'builtins.filterSource'";
    let file = e.realise_path_for(a[1], context)?;
    let context = "while evaluating the first argument passed to builtins.filterSource";
    e.demand_function(a[0], context)?;
    let name = base_name(&file);
    let file = e.resolve_links(&file);
    e.add_to_store(&name, &file, Ingestion::Recursive, Some(a[0]), None)
        .map_err(|error| error.demand(format!("while adding path '{file}'")))
}
