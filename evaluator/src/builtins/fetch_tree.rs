//! File trees from version control, archives and directories.
//!
//! What a lock file names by its hash is found in the store; a local
//! directory is read; all else is fetched by the installed Nix.

use std::collections::BTreeMap;
use std::path::Path;

use super::Entry;
use super::fetch::nix_string;
use crate::coerce::{Coercion, StringBuilder};
use crate::error::{Error, Result};
use crate::evaluator::{Access, Evaluator};
use crate::io::FileKind;
use crate::memory::{Attr, Attrs, Buffer, Value, View};
use crate::store::hash::{Algorithm, Hash};
use crate::store::{self, Ingestion};

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![("fetchTree", 1, |e, a| fetch_tree(e, a[0])), ("fetchGit", 1, |e, a| fetch_git(e, a[0]))]
}

/// The value of an attribute that says what to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Field {
    Text(String),
    Number(i64),
    Flag(bool),
}

impl Field {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// As a Nix expression.
    fn expression(&self) -> String {
        match self {
            Self::Text(text) => nix_string(text),
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
        }
    }
}

/// What to fetch.
pub(super) type Input = BTreeMap<String, Field>;

/// The attributes that each kind of input has, those that it must have first.
const SCHEMES: &[(&str, usize, &[&str])] = &[
    ("git", 1, &crate::flake::GIT),
    ("github", 2, GIT_HOST),
    ("gitlab", 2, GIT_HOST),
    ("sourcehut", 2, GIT_HOST),
    ("tarball", 1, ARCHIVE),
    ("file", 1, ARCHIVE),
    ("path", 1, &["path", "rev", "revCount", "lastModified", "narHash"]),
    ("hg", 1, &["url", "ref", "rev", "revCount", "narHash", "name"]),
    ("indirect", 1, &["id", "ref", "rev", "narHash"]),
];
const GIT_HOST: &[&str] =
    &["owner", "repo", "ref", "rev", "narHash", "lastModified", "host", "treeHash"];
const ARCHIVE: &[&str] = &["url", "narHash", "name", "unpack", "rev", "revCount", "lastModified"];

fn fetch_tree<'h>(e: &mut Evaluator<'h>, argument: Value<'h>) -> Result<Value<'h>> {
    let argument = e.force(argument)?;
    let View::Attrs(set) = argument.view() else {
        let url = text(e, argument)?;
        if !e.settings.features.has("flakes") {
            return Err(Error::type_error(
                "passing a string argument to 'fetchTree' requires the 'flakes' experimental feature",
            ));
        }
        if let Some(path) = url.strip_prefix("file:")
            && !path.starts_with('/')
        {
            return Err(Error::type_error(format!(
                "tarball '{url}' must use an absolute path. The 'file' scheme does not support relative paths."
            )));
        }
        let call = format!("builtins.fetchTree {}", nix_string(&url));
        return e.fetched_tree("fetchTree", &url, &call);
    };
    let mut input = fields(e, set, "fetchTree", None)?;
    if input.contains_key("name") {
        return Err(Error::type_error("argument 'name' isn’t supported in call to 'fetchTree'"));
    }
    if input.get("type").and_then(Field::text) == Some("git") {
        input.entry("shallow".into()).or_insert(Field::Flag(true));
    }
    e.fetch_input("fetchTree", &input)
}

fn fetch_git<'h>(e: &mut Evaluator<'h>, argument: Value<'h>) -> Result<Value<'h>> {
    let argument = e.force(argument)?;
    let input = match argument.view() {
        View::Attrs(set) => fields(e, set, "fetchGit", Some("git"))?,
        _ => {
            let url = Field::Text(text(e, argument)?);
            let kind = Field::Text("git".into());
            BTreeMap::from([("type".to_owned(), kind), ("url".to_owned(), url)])
        }
    };
    e.fetch_input("fetchGit", &input)
}

fn text<'h>(e: &mut Evaluator<'h>, value: Value<'h>) -> Result<String> {
    let mut text = StringBuilder::default();
    e.coerce_into(&mut text, value, Coercion::PLAIN)?;
    Ok(String::from_utf8_lossy(&text.into_bytes()).into_owned())
}

/// What a set says is to be fetched.
fn fields<'h>(
    e: &mut Evaluator<'h>,
    set: Attrs<'h>,
    builtin: &str,
    kind: Option<&str>,
) -> Result<Input> {
    let mut input = Input::new();
    match (e.attr(set, e.names.type_)?, kind) {
        (Some(_), Some(_)) => return Err(Error::type_error("unexpected argument 'type'")),
        (Some(attr), None) => {
            let kind = e.force_str(attr.value)?.to_string_lossy().into_owned();
            input.insert("type".into(), Field::Text(kind));
        }
        (None, Some(kind)) => drop(input.insert("type".into(), Field::Text(kind.into()))),
        (None, None) => {
            let message = format!("argument 'type' is missing in call to '{builtin}'");
            return Err(Error::type_error(message));
        }
    }
    for attr in e.all_attrs(set)? {
        if attr.name == e.names.type_ {
            continue;
        }
        let name = e.name(attr.name).to_owned();
        let value = e.force(attr.value)?;
        let field = match value.view() {
            View::Str(_) | View::Path(_) => Field::Text(text(e, value)?),
            View::Bool(flag) => Field::Flag(flag),
            View::Int(number) if number < 0 => {
                return Err(Error::type_error(format!(
                    "negative value given for '{builtin}' argument '{name}': {number}"
                )));
            }
            View::Int(number) => Field::Number(number),
            _ if name == "publicKeys" => {
                e.settings.features.require("verified-fetches", None)?;
                Field::Text(String::from_utf8_lossy(&e.to_json(value, true)?).into_owned())
            }
            _ => {
                let kind = e.describe_kind(value);
                return Err(Error::type_error(format!(
                    "argument '{name}' to '{builtin}' is {kind} while a string, Boolean or integer is expected"
                )));
            }
        };
        input.insert(name, field);
    }
    Ok(input)
}

/// An input as JSON.
fn json(input: &Input) -> String {
    let members = input.iter().map(|(name, field)| {
        let value = match field {
            Field::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
            other => other.expression(),
        };
        format!("\"{name}\":{value}")
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

/// Refuses attributes that no input of its kind has.
fn check(input: &Input) -> Result<()> {
    let kind = input.get("type").and_then(Field::text).unwrap_or_default();
    let Some((_, required, known)) = SCHEMES.iter().find(|(name, ..)| *name == kind) else {
        let message = format!("cannot show unsupported input '{}'", json(input));
        return Err(Error::type_error(message));
    };
    for name in input.keys().filter(|name| *name != "type") {
        if !known.contains(&name.as_str()) {
            let message = format!("input attribute '{name}' not supported by scheme '{kind}'");
            return Err(Error::type_error(message));
        }
    }
    let texts = ["url", "ref", "rev", "narHash", "owner", "repo", "host", "path", "id", "name"];
    for name in texts {
        if input.get(name).is_some_and(|field| field.text().is_none()) {
            let all = json(input);
            return Err(Error::type_error(format!(
                "input attribute '{name}' is not a string {all}"
            )));
        }
    }
    match known[..*required].iter().find(|name| !input.contains_key(**name)) {
        None => Ok(()),
        Some(name) => Err(Error::type_error(format!("input attribute '{name}' is missing"))),
    }
}

impl<'h> Evaluator<'h> {
    /// Fetches an input: the set that says where it is and what is known of
    /// it.
    pub(super) fn fetch_input(&mut self, builtin: &str, input: &Input) -> Result<Value<'h>> {
        check(input)?;
        let get = |name: &str| input.get(name).and_then(Field::text);
        if let Some(rev) = get("rev").filter(|rev| !rev.contains("sha256")) {
            Hash::parse(rev, Some(Algorithm::Sha1))?;
        }
        if self.settings.access == Access::Pure && get("rev").or(get("narHash")).is_none() {
            let named = named(input, builtin);
            return Err(Error::type_error(format!(
                "in pure evaluation mode, '{builtin}' doesn't fetch unlocked input '{named}'"
            )));
        }
        if let Some(url) = get("url") {
            let local = url.starts_with('/') || url.starts_with("file:");
            let uri = if local { url.to_owned() } else { named(input, builtin) };
            self.check_uri(&uri)?;
        }
        let name = get("name").unwrap_or("source");
        if let Some(hash) = get("narHash") {
            let hash = Hash::parse_or_empty(hash, Some(Algorithm::Sha256), |_| {})?;
            let how = Ingestion::Recursive;
            let path = store::fixed_output_path(name, how, hash.algorithm, &hash.bytes);
            self.io.allow(&path);
            if self.is_valid(&path) {
                return self.tree_value(builtin, input, &path, &hash.sri());
            }
        }
        if let (Some("path"), Some(path)) = (get("type"), get("path"))
            && path.starts_with('/')
        {
            return self.local_tree(builtin, input, &crate::path::canonical(path));
        }
        let call = match builtin {
            // What it is asked for is a Git repository.
            "fetchGit" => {
                let input = input.iter().filter(|(name, _)| *name != "type");
                format!("builtins.fetchGit {}", members(input))
            }
            _ => expression(input),
        };
        self.fetched_tree(builtin, &named(input, builtin), &call)
    }

    /// A directory of this machine, as its copy in the store.
    pub(super) fn local_tree(
        &mut self,
        builtin: &str,
        input: &Input,
        path: &str,
    ) -> Result<Value<'h>> {
        let copy = self.add_to_store("source", path, Ingestion::Recursive, None, None)?;
        let copy = self.force_str(copy)?.to_string_lossy().into_owned();
        let (hash, _) = self.hash_source(Path::new(path), Ingestion::Recursive, None)?;
        let hash = Hash { algorithm: Algorithm::Sha256, bytes: hash.to_vec() }.sri();
        if let Some(wanted) = input.get("narHash").and_then(Field::text)
            && wanted != hash
        {
            return Err(Error::type_error(format!(
                "NAR hash mismatch in input 'path:{path}' ({path}), expected '{wanted}' but got '{hash}'"
            )));
        }
        let mut input = input.clone();
        if !input.contains_key("lastModified") {
            let modified = self.newest(Path::new(path));
            input.insert("lastModified".into(), Field::Number(modified));
        }
        self.tree_value(builtin, &input, &copy, &hash)
    }

    /// When what is newest in a tree was changed.
    fn newest(&self, path: &Path) -> i64 {
        let (mut newest, mut open) = (0, vec![path.to_owned()]);
        while let Some(path) = open.pop() {
            newest = newest.max(self.io.modified(&path).unwrap_or(0));
            if self.io.kind(&path).ok() == Some(FileKind::Directory) {
                let entries = self.io.read_dir(&path).unwrap_or_default();
                open.extend(entries.into_iter().map(|(name, _)| path.join(name)));
            }
        }
        newest
    }

    /// What `fetchTree` gives for a tree in the store.
    fn tree_value(
        &mut self,
        builtin: &str,
        input: &Input,
        path: &str,
        hash: &str,
    ) -> Result<Value<'h>> {
        let number = |name: &str| match input.get(name) {
            Some(Field::Number(number)) => Some(*number),
            _ => None,
        };
        let git = builtin == "fetchGit";
        let mut attrs: Buffer<'h, (&str, Value<'h>)> = Buffer::new(self.heap);
        attrs.push(("outPath", self.store_path_value(path)));
        attrs.push(("narHash", self.str(hash)));
        if input.get("type").and_then(Field::text) == Some("git") {
            let submodules = input.get("submodules") == Some(&Field::Flag(true));
            attrs.push(("submodules", Value::bool(submodules)));
        }
        let rev = input.get("rev").and_then(Field::text).map(str::to_owned);
        if let Some(rev) = rev.or_else(|| git.then(|| "0".repeat(40))) {
            attrs.push(("shortRev", self.str(rev.get(..7).unwrap_or(&rev))));
            attrs.push(("rev", self.str(rev)));
        }
        if let Some(count) = number("revCount").or(git.then_some(0)) {
            attrs.push(("revCount", self.int(count)));
        }
        if let Some(modified) = number("lastModified") {
            attrs.push(("lastModified", self.int(modified)));
            attrs.push(("lastModifiedDate", self.str(date(modified))));
        }
        Ok(self.attrs(&attrs))
    }

    /// A tree that the installed Nix fetches by a call of one of its builtins.
    pub(super) fn fetched_tree(
        &mut self,
        builtin: &str,
        what: &str,
        call: &str,
    ) -> Result<Value<'h>> {
        let expression = format!(
            "let tree = {call}; in {{ path = \"${{tree.outPath}}\"; about = removeAttrs tree [ \"outPath\" ]; }}"
        );
        let result = super::json::parse(self, &self.fetched(builtin, what, &expression)?)?;
        let result = self.force_attrs(result)?;
        let (path, about) = (self.symbol("path"), self.symbol("about"));
        let path = self.required(result, path, "while evaluating the result of a fetch")?;
        let path = self.force_str(path)?.to_string_lossy().into_owned();
        let about = self.required(result, about, "while evaluating the result of a fetch")?;
        let about = self.force_attrs(about)?;
        let value = self.store_path_value(&path);
        let out_path = Attr { name: self.names.out_path, position: 0, value };
        Ok(about.update(self.heap, Attrs::from_sorted(self.heap, &[out_path])).into())
    }
}

/// The call that fetches an input.
pub(super) fn expression(input: &Input) -> String {
    format!("builtins.fetchTree {}", members(input.iter()))
}

fn members<'a>(input: impl Iterator<Item = (&'a String, &'a Field)>) -> String {
    let member = |(name, field): (&String, &Field)| {
        // Names are anybody's as well as values.
        let is_plain = name.bytes().all(|byte| byte.is_ascii_alphabetic());
        let name = if is_plain { name.clone() } else { nix_string(name) };
        format!("{name} = {}; ", field.expression())
    };
    format!("{{ {}}}", input.map(member).collect::<String>())
}

/// An input in a few words, for messages.
pub(super) fn named(input: &Input, builtin: &str) -> String {
    let get = |name: &str| input.get(name).and_then(Field::text).unwrap_or_default();
    let kind = get("type");
    match kind {
        "github" | "gitlab" | "sourcehut" => {
            let rev = if get("rev").is_empty() { get("ref") } else { get("rev") };
            let slash = if rev.is_empty() { "" } else { "/" };
            format!("{kind}:{}/{}{slash}{rev}", get("owner"), get("repo"))
        }
        "git" | "hg" => {
            let query = git_query(input, builtin);
            let question = if query.is_empty() { "" } else { "?" };
            let url = get("url");
            let scheme = if url.starts_with('/') { "file://" } else { "" };
            format!("{kind}+{scheme}{url}{question}{}", query.join("&"))
        }
        "path" => format!("path:{}", get("path")),
        "indirect" => format!("flake:{}", get("id")),
        _ => get("url").to_owned(),
    }
}

/// What of a repository is fetched, as Nix writes it behind its URL.
fn git_query(input: &Input, builtin: &str) -> Vec<String> {
    let mut query = Vec::new();
    let is_on = |name: &str| input.get(name) == Some(&Field::Flag(true));
    let ignoring = builtin == "fetchGit" && !is_on("submodules");
    if is_on("exportIgnore") || (ignoring && !input.contains_key("exportIgnore")) {
        query.push("exportIgnore=1".to_owned());
    }
    for name in ["ref", "rev"] {
        if let Some(text) = input.get(name).and_then(Field::text) {
            query.push(format!("{name}={text}"));
        }
    }
    let flags = ["shallow", "submodules"].into_iter().filter(|name| is_on(name));
    query.extend(flags.map(|name| format!("{name}=1")));
    query
}

/// Seconds since 1970 as `YYYYMMDDhhmmss`, in UTC.
fn date(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Howard Hinnant's `civil_from_days`: years that begin in March, in eras
    // of 400 years.
    let shifted = days + 719_468;
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) =
        (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = year + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        // `date -u -d @N +%Y%m%d%H%M%S`
        for (seconds, text) in [
            (0, "19700101000000"),
            (951_782_399, "20000228235959"),
            (951_782_400, "20000229000000"),
            (1_709_210_096, "20240229123456"),
            (4_102_444_799, "20991231235959"),
        ] {
            assert_eq!(date(seconds), text);
        }
    }

    #[test]
    fn what_stands_in_a_lock_file_is_no_program() {
        let text = |text: &str| Field::Text(text.to_owned());
        let fields = [
            ("type", text("git")),
            ("url", text("a\"; b = ${c} \\")),
            ("x = 1; } // abort \"y\"", Field::Flag(true)),
        ];
        let input = fields.into_iter().map(|(name, field)| (name.to_owned(), field)).collect();
        assert_eq!(
            expression(&input),
            r#"builtins.fetchTree { type = "git"; url = "a\"; b = \${c} \\"; "x = 1; } // abort \"y\"" = true; }"#
        );
    }
}
