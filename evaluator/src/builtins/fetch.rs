//! Downloads: served from the store when their hash says where they are, and
//! else by the installed Nix.

use super::Entry;
use super::json;
use crate::coerce::{Coercion, StringBuilder};
use crate::error::{Error, ErrorKind, Result};
use crate::evaluator::{Access, Evaluator};
use crate::io::NixError;
use crate::memory::{Value, View};
use crate::store::hash::{Algorithm, Hash};
use crate::store::{self, Ingestion};

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![
        ("fetchurl", 1, |e, a| fetch(e, a[0], &Download { builtin: "fetchurl", unpack: false })),
        ("fetchTarball", 1, |e, a| {
            fetch(e, a[0], &Download { builtin: "fetchTarball", unpack: true })
        }),
        ("fetchMercurial", 1, fetch_mercurial),
        ("fetchClosure", 1, fetch_closure),
    ]
}

/// One of the builtins that download a file.
struct Download {
    builtin: &'static str,
    unpack: bool,
}

fn fetch<'h>(e: &mut Evaluator<'h>, argument: Value<'h>, which: &Download) -> Result<Value<'h>> {
    let argument = e.force(argument)?;
    let (mut url, mut hash, mut name) = (None, None, None);
    let given_as_set = match argument.view() {
        View::Attrs(set) => {
            for attr in e.all_attrs(set)? {
                let text = |e: &mut Evaluator<'h>| -> Result<String> {
                    Ok(e.force_str(attr.value)?.to_string_lossy().into_owned())
                };
                match e.name(attr.name).to_owned().as_str() {
                    "url" => url = Some(text(e)?),
                    "sha256" => {
                        let (text, io) = (text(e)?, e.io);
                        let warn = |text: &str| io.message(text);
                        let algorithm = Some(Algorithm::Sha256);
                        hash = Some(Hash::parse_or_empty(&text, algorithm, warn)?);
                    }
                    "name" => name = Some(text(e)?),
                    other => {
                        let builtin = which.builtin;
                        let message = format!("unsupported argument '{other}' to '{builtin}'");
                        return Err(Error::type_error(message));
                    }
                }
            }
            true
        }
        _ => {
            url = Some(e.force_str(argument)?.to_string_lossy().into_owned());
            false
        }
    };
    let url = url.ok_or_else(|| Error::type_error("'url' argument required"))?;
    let named = name.is_some();
    let default = if which.unpack { "source" } else { crate::path::base_name_str(&url) };
    let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| default.to_owned());
    e.check_uri(&url)?;
    check_name(&name, &url, which.builtin, given_as_set, named)?;
    if hash.is_none() && e.settings.access == Access::Pure {
        let builtin = which.builtin;
        let message = format!("in pure evaluation mode, '{builtin}' requires a 'sha256' argument");
        return Err(Error::type_error(message));
    }

    let how = if which.unpack { Ingestion::Recursive } else { Ingestion::Flat };
    if let Some(hash) = &hash {
        let path = store::fixed_output_path(&name, how, hash.algorithm, &hash.bytes);
        e.io.allow(&path);
        if e.is_valid(&path) {
            return Ok(e.store_path_value(&path));
        }
    }
    let mut members = vec![("name", name), ("url", url.clone())];
    members.extend(hash.map(|hash| ("sha256", hash.sri())));
    let call = format!("builtins.{} {}", which.builtin, nix_set(&members));
    let path = json::parse(e, &e.fetched(which.builtin, &url, &call)?)?;
    let path = e.force_str(path)?.to_string_lossy().into_owned();
    e.io.allow(&path);
    Ok(e.store_path_value(&path))
}

/// The name in the store may come from the URL: then the user has to be told
/// how to give another.
fn check_name(name: &str, url: &str, builtin: &str, set: bool, named: bool) -> Result<()> {
    store::check_name(name).map_err(|error| {
        let advice = if named {
            format!(
                "Please change the value for the 'name' attribute passed to '{builtin}', so that it can create a valid store path."
            )
        } else if set {
            format!(
                "Please add a valid 'name' attribute to the argument for '{builtin}', so that it can create a valid store path."
            )
        } else {
            // With the two spaces of Nix.
            format!(
                "Please pass an attribute set with 'url' and 'name' attributes to '{builtin}',  so that it can create a valid store path."
            )
        };
        Error::type_error(format!(
            "invalid store path name when fetching URL '{url}': {}. {advice}",
            error.message()
        ))
    })
}

/// A set of strings as a Nix expression.
pub(super) fn nix_set(members: &[(&str, String)]) -> String {
    let members: Vec<String> =
        members.iter().map(|(name, value)| format!("{name} = {};", nix_string(value))).collect();
    format!("{{ {} }}", members.join(" "))
}

/// A string as a Nix expression.
pub(super) fn nix_string(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "\\${");
    format!("\"{}\"", text.replace('\n', "\\n").replace('\r', "\\r"))
}

impl<'h> Evaluator<'h> {
    /// In restricted mode nothing is fetched but what can be read.
    pub(super) fn check_uri(&self, uri: &str) -> Result<()> {
        if self.settings.access != Access::Restricted {
            return Ok(());
        }
        let path = uri.strip_prefix("file://").unwrap_or(uri);
        if path.starts_with('/') {
            let path = std::path::Path::new(path);
            return self.io.kind(path).map(drop).map_err(|error| Error::file(path, &error));
        }
        let message = format!("access to URI '{uri}' is forbidden in restricted mode");
        Err(Error::new(ErrorKind::File, message))
    }

    /// What the installed Nix makes of an expression that fetches something,
    /// as JSON. `what` names what is fetched.
    pub(super) fn fetched(&self, builtin: &str, what: &str, expression: &str) -> Result<Vec<u8>> {
        self.io.fetch(expression).map_err(|error| {
            if self.settings.absent_is_unknown {
                let message = format!("it depends on what '{builtin}' gets from {what}");
                return Error::new(ErrorKind::Unknown, message);
            }
            let message = match error {
                NixError::Missing(why) => {
                    let how = match builtin {
                        "getFlake" => format!("; 'nix flake prefetch {what}' does it elsewhere"),
                        _ => String::new(),
                    };
                    format!(
                        "'{builtin}' cannot fetch '{what}': it is not in the store, and fetching it takes an installed Nix ({why}){how}"
                    )
                }
                NixError::Failed(message) => message,
            };
            Error::new(ErrorKind::Unsupported, message)
        })
    }
}

fn fetch_mercurial<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let argument = e.force(a[0])?;
    let mut members: Vec<(&str, String)> = Vec::new();
    let mut url = String::new();
    let text = |e: &mut Evaluator<'h>, value: Value<'h>| -> Result<String> {
        let mut text = StringBuilder::default();
        e.coerce_into(&mut text, value, Coercion::PLAIN)?;
        Ok(String::from_utf8_lossy(&text.into_bytes()).into_owned())
    };
    if let View::Attrs(set) = argument.view() {
        for attr in e.all_attrs(set)? {
            match e.name(attr.name).to_owned().as_str() {
                "url" => url = text(e, attr.value)?,
                known @ ("rev" | "name") => {
                    let value = e.force_str(attr.value)?.to_string_lossy().into_owned();
                    members.push((if known == "rev" { "rev" } else { "name" }, value));
                }
                other => {
                    let message = format!("unsupported argument '{other}' to 'fetchMercurial'");
                    return Err(Error::type_error(message));
                }
            }
        }
    } else {
        url = text(e, argument)?;
    }
    if url.is_empty() {
        return Err(Error::type_error("'url' argument required"));
    }
    e.check_uri(&url)?;
    let is_revision = |text: &str| text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let pinned = members.iter().any(|(name, value)| *name == "rev" && is_revision(value));
    if e.settings.access == Access::Pure && !pinned {
        let message = "in pure evaluation mode, 'fetchMercurial' requires a Mercurial revision";
        return Err(Error::type_error(message));
    }
    members.push(("url", url.clone()));
    let call = format!("builtins.fetchMercurial {}", nix_set(&members));
    e.fetched_tree("fetchMercurial", &url, &call)
}

/// Copies between stores: only the installed Nix can do that.
fn fetch_closure<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let arguments = e.force_attrs(a[0])?;
    let (mut members, mut input_addressed) = (Vec::new(), false);
    for attr in e.by_name(e.all_attrs(arguments)?) {
        let name = match e.name(attr.name) {
            "fromPath" => "fromPath",
            "toPath" => "toPath",
            "fromStore" => "fromStore",
            "inputAddressed" => {
                input_addressed = e.force_bool(attr.value)?;
                continue;
            }
            other => {
                let message =
                    format!("attribute '{other}' isn't supported in call to 'fetchClosure'");
                return Err(Error::type_error(message));
            }
        };
        let value = e.coerce(attr.value, Coercion::PLAIN)?;
        members.push((name, e.force_str(value)?.to_string_lossy().into_owned()));
    }
    let get = |name: &str| members.iter().find(|(n, _)| *n == name).map(|(_, value)| value.clone());
    let required = |name: &str| {
        get(name).ok_or_else(|| {
            let message = format!("attribute '{name}' is missing in call to 'fetchClosure'");
            Error::type_error(message)
        })
    };
    let from = required("fromPath")?;
    let to = get("toPath");
    if input_addressed && to.is_some() {
        let message = "attribute 'inputAddressed' is set to true, but 'toPath' is also set. Please remove one of them";
        return Err(Error::type_error(message));
    }
    let url = required("fromStore")?;
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(Error::type_error("'fetchClosure' only supports http:// and https:// stores"));
    }
    let wanted = to.filter(|to| !to.is_empty()).unwrap_or_else(|| from.clone());
    e.io.allow(&wanted);
    if e.is_valid(&wanted) {
        return Ok(e.store_path_value(&wanted));
    }
    let flag = if input_addressed { "{ inputAddressed = true; }" } else { "{ }" };
    let call = format!("builtins.fetchClosure ({} // {flag})", nix_set(&members));
    let path = json::parse(e, &e.fetched("fetchClosure", &from, &call)?)?;
    let path = e.force_str(path)?.to_string_lossy().into_owned();
    e.io.allow(&path);
    Ok(e.store_path_value(&path))
}
