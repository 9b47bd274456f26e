//! The search path: `<name>` and `findFile`.

use std::path::Path;

use super::Entry;
use crate::coerce::Coercion;
use crate::error::{Error, ErrorKind, Result};
use crate::evaluator::{Access, Evaluator};
use crate::memory::Value;
use crate::path::canonical;

/// Where `<nix/…>` finds the files that come with Nix.
pub(super) const CORE: &str = "/__corepkgs__";

/// What an entry begins with that is to be downloaded.
const URLS: [&str; 7] = ["http://", "https://", "file://", "channel:", "git://", "s3://", "ssh://"];

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![("findFile", 2, find_file)]
}

/// `<name>`: looks for `name` in a list of `{ prefix; path; }`.
fn find_file<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let entries =
        e.demand_list(a[0], "while evaluating the first argument passed to builtins.findFile")?;
    let mut places = Vec::with_capacity(entries.len());
    for entry in entries.as_slice() {
        places.push(place(e, *entry)?);
    }
    let wanted = e.demand_plain_str(
        a[1],
        "while evaluating the second argument passed to builtins.findFile",
    )?;
    let wanted = wanted.to_string_lossy();
    for (prefix, place) in &places {
        let Some(rest) = suffix(prefix, &wanted) else { continue };
        let Some(base) = resolve(e, place)? else { continue };
        let path = canonical(&format!("{base}{}", canonical(rest)));
        match e.io.kind(Path::new(&path)) {
            Ok(_) => return Ok(Value::path(e.heap, path.as_bytes())),
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                return Err(Error::file(Path::new(&path), &error));
            }
            Err(_) => {}
        }
    }
    if let Some(name) = wanted.strip_prefix("nix/") {
        let path = canonical(&format!("{CORE}/{name}"));
        return Ok(Value::path(e.heap, path.as_bytes()));
    }
    if e.settings.absent_is_unknown && !places.iter().any(|(prefix, _)| leads(prefix, &wanted)) {
        return Err(Error::new(ErrorKind::Unknown, format!("it depends on <{wanted}>")));
    }
    let message = match e.settings.access {
        Access::Pure => format!(
            "cannot look up '<{wanted}>' in pure evaluation mode (use '--impure' to override)"
        ),
        Access::All | Access::Restricted => format!(
            "file '{wanted}' was not found in the Nix search path (add it using $NIX_PATH or -I)"
        ),
    };
    Err(Error::new(ErrorKind::Throw, message))
}

/// The prefix of an entry and where it leads.
fn place<'h>(e: &mut Evaluator<'h>, entry: Value<'h>) -> Result<(String, String)> {
    let names = e.names;
    let entry = e.demand_attrs(
        entry,
        "while evaluating an element of the list passed to builtins.findFile",
    )?;
    let prefix = match e.attr(entry, names.prefix)? {
        Some(attr) => {
            let context = "while evaluating the `prefix` attribute of an element of the list passed to builtins.findFile";
            e.demand_plain_str(attr.value, context)?.to_string_lossy().into_owned()
        }
        None => String::new(),
    };
    let value = e.required(entry, names.path, "in the __nixPath")?;
    let how = Coercion::PLAIN.because(
        "while evaluating the `path` attribute of an element of the list passed to builtins.findFile",
    );
    let value = e.coerce(value, how)?;
    let text = e.force_str(value)?;
    let mut place = text.to_string_lossy().into_owned();
    let realised = e.realise(text.context().unwrap_or_default()).map_err(|error| {
        let unusable = error.kind() == ErrorKind::File;
        let message = format!("cannot find '{place}', since {}", error.message());
        if unusable { Error::type_error(message) } else { error }
    })?;
    for (placeholder, path) in realised {
        place = place.replace(&placeholder, &path);
    }
    Ok((prefix, place))
}

/// Whether an entry of the search path is meant for a name.
fn leads(prefix: &str, name: &str) -> bool {
    !prefix.is_empty() && suffix(prefix, name).is_some()
}

/// What is left of a name behind a prefix, if that matches.
fn suffix<'a>(prefix: &str, name: &'a str) -> Option<&'a str> {
    if prefix.is_empty() {
        return Some(name);
    }
    let rest = name.strip_prefix(prefix)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// The path of an entry; `None` if there is nothing, which is warned of once.
fn resolve<'h>(e: &mut Evaluator<'h>, place: &str) -> Result<Option<String>> {
    if let Some(known) = e.search_places.get(place) {
        return Ok(known.clone());
    }
    let found = if URLS.iter().any(|url| place.starts_with(url)) {
        Some(download(e, place)?)
    } else {
        let path = canonical(&e.settings.directory.join(place).to_string_lossy());
        match e.io.kind(&Path::new(&path).join(".")).or_else(|_| e.io.kind(Path::new(&path))) {
            Ok(_) => Some(path),
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                return Err(Error::file(Path::new(&path), &error));
            }
            Err(_) => {
                e.io.message(&format!(
                    "warning: Nix search path entry '{place}' does not exist, ignoring"
                ));
                None
            }
        }
    };
    e.search_places.insert(place.to_owned(), found.clone());
    Ok(found)
}

/// Has an entry that is a URL downloaded.
fn download<'h>(e: &mut Evaluator<'h>, place: &str) -> Result<String> {
    let url = match place.strip_prefix("channel:") {
        Some(channel) => format!("https://channels.nixos.org/{channel}/nixexprs.tar.xz"),
        None => place.to_owned(),
    };
    let builtins = e.symbol("__fetchTarball");
    let fetch = e.globals.get(builtins).or_else(|| {
        let name = e.symbols.intern("fetchTarball");
        e.globals.get(name)
    });
    let Some(fetch) = fetch else {
        let message = format!("Nix search path entry '{place}' cannot be downloaded");
        return Err(Error::new(ErrorKind::Unsupported, message));
    };
    let url = e.str(url);
    let tree = e.call(fetch, &[url]).map_err(|error| {
        let why = error.message();
        Error::new(
            ErrorKind::Unsupported,
            format!("Nix search path entry '{place}' cannot be downloaded: {why}; give the path of a copy instead"),
        )
    })?;
    let path = e.coerce(tree, Coercion::PLAIN)?;
    Ok(e.force_str(path)?.to_string_lossy().into_owned())
}
