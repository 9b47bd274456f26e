//! Files.

use std::path::Path;

use super::Entry;
use crate::error::{Error, ErrorKind, Result};
use crate::evaluator::{Access, Evaluator};
use crate::io::FileKind;
use crate::memory::{Attr, Attrs, Buffer, ContextElement, Str, Value, View};
use crate::store;

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![
        ("import", 1, |e, a| {
            let path = e.realise_path(a[0])?;
            if path.ends_with(".drv") && store::in_store(&path) == Some(&path) && e.is_valid(&path)
            {
                return e.import_derivation(&path);
            }
            e.import_file(Path::new(&path))
        }),
        ("scopedImport", 2, scoped_import),
        ("readFile", 1, |e, a| {
            let path = e.realise_path(a[0])?;
            let bytes = e.read(&path)?;
            if bytes.contains(&0) {
                let message = format!(
                    "the contents of the file '{path}' cannot be represented as a Nix string"
                );
                return Err(Error::type_error(message));
            }
            Ok(e.str(bytes))
        }),
        ("pathExists", 1, |e, a| {
            let value = e.force(a[0])?;
            let must_be_directory = match value.view() {
                View::Str(text) => text.bytes().ends_with(b"/") || text.bytes().ends_with(b"/."),
                _ => false,
            };
            let path = e.realise_path(value)?;
            // There always is a store, if only an empty one.
            if path == "/nix/store" || path == "/nix" {
                return Ok(Value::TRUE);
            }
            Ok(Value::bool(match e.io.kind(Path::new(&path)) {
                Ok(FileKind::Directory) => true,
                Ok(FileKind::Symlink) => {
                    e.io.kind(&Path::new(&path).join(".")).is_ok() || !must_be_directory
                }
                Ok(_) => !must_be_directory,
                Err(error)
                    if error.kind() == std::io::ErrorKind::PermissionDenied
                        && error.get_ref().is_none() =>
                {
                    return Err(Error::status(Path::new(&path), &error));
                }
                Err(_) => false,
            }))
        }),
        ("readDir", 1, read_dir),
        ("readFileType", 1, |e, a| {
            let path = e.realise_path(a[0])?;
            let kind =
                e.io.kind(Path::new(&path))
                    .map_err(|error| Error::status(Path::new(&path), &error))?;
            Ok(e.str(kind.name()))
        }),
        ("toPath", 1, |e, a| {
            let context = "while evaluating the first argument passed to builtins.toPath";
            let path = e.path_for(a[0], context)?;
            Ok(e.str(path))
        }),
        ("storePath", 1, store_path),
        ("getEnv", 1, |e, a| {
            let context = "while evaluating the first argument passed to builtins.getEnv";
            let name = e.demand_plain_str(a[0], context)?.to_string_lossy();
            let value = e.io.env(&name).filter(|_| !e.settings.is_restricted());
            let value = value.unwrap_or_default();
            Ok(e.str(value))
        }),
    ]
}

impl<'h> Evaluator<'h> {
    pub(crate) fn read(&mut self, path: &str) -> Result<Vec<u8>> {
        self.io.read(Path::new(path)).map_err(|error| {
            if let Err(error) = self.io.kind(Path::new(path)) {
                return Error::status(Path::new(path), &error);
            }
            // It is the end of the links that is not there.
            match error.kind() {
                std::io::ErrorKind::NotFound => {
                    Error::file(Path::new(&self.resolve_links(path)), &error)
                }
                _ => Error::file(Path::new(path), &error),
            }
        })
    }
}

/// A path in the store as a string that depends on the object it is in.
fn store_path<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    if e.settings.access == Access::Pure {
        let message = "'builtins.storePath' is not allowed in pure evaluation mode";
        return Err(Error::type_error(message));
    }
    let context = "while evaluating the first argument passed to 'builtins.storePath'";
    let mut path = e.path_for(a[0], context)?;
    if store::in_store(&path) != Some(&path) {
        path = e.resolve_links(&path);
    }
    let Some(object) = store::in_store(&path) else {
        return Err(Error::type_error(format!("path '{path}' is not in the Nix store")));
    };
    let context = e.heap.intern(object.as_bytes());
    let context = e.heap.context(&[ContextElement::Opaque(context)]);
    Ok(Str::new(e.heap, path.as_bytes(), Some(context)).into())
}

/// The entries of a directory and what they are.
fn read_dir<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let path = e.realise_path(a[0])?;
    let entries = e.io.read_dir(Path::new(&path)).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotADirectory => {
            // The words of Nix since 2.35, which also follows links.
            let message = format!("'{}' is not a directory", e.resolve_links(&path));
            Error::new(ErrorKind::File, message)
        }
        _ => Error::directory(Path::new(&path), &error),
    })?;
    let mut attrs = Buffer::with_capacity(e.heap, entries.len());
    for (name, kind) in entries {
        let value = e.str(kind.name());
        attrs.push(Attr { name: e.symbols.intern(&name), position: 0, value });
    }
    Ok(Attrs::from_unsorted(e.heap, &mut attrs).into())
}

/// `import` with names bound around the text.
fn scoped_import<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let path = e.realise_path(a[1])?;
    let scope = e.force_attrs(a[0])?;
    let attrs = e.by_name(e.all_attrs(scope)?);
    let file = e.source_file(Path::new(&path))?;
    e.eval_scoped(&file, &attrs)
}
