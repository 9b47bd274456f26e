//! Flake references: URLs ↔ attributes.
//!
//! What is fetched where is not known here; a reference is only read and
//! written. The rules are those of Nix' fetchers, one for each `type`.

mod url;

use std::collections::BTreeMap;

use crate::store::hash::{Algorithm, Hash};
use url::{Url, application, transport};

/// The value of an attribute of a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Attribute {
    Text(String),
    Int(u64),
    Bool(bool),
}

/// A reference as attributes; `type` tells how to read the others.
pub(crate) type Attributes = BTreeMap<String, Attribute>;

type Result<T> = std::result::Result<T, String>;

/// The forges that have archives of every commit.
const FORGES: [&str; 3] = ["github", "gitlab", "sourcehut"];
/// What a reference to a file or archive can say of it.
const CURL: [&str; 7] = ["url", "narHash", "name", "unpack", "rev", "revCount", "lastModified"];

/// The types that need the experimental feature `flakes`.
fn needs_flakes(kind: &str) -> bool {
    FORGES.contains(&kind) || kind == "path" || kind == "indirect"
}

/// Reads a reference. `without_flakes` is the error of a type that needs
/// flakes where they are off.
pub(crate) fn parse(text: &str, without_flakes: Option<String>) -> Result<Attributes> {
    let (url, fragment, directory) = match flake_id(text) {
        Some((url, fragment)) => (url, fragment, None),
        None => {
            let mut url = match Url::parse(text) {
                Some(url) => url,
                None => path_url(text)?,
            };
            let directory = url.query.remove("dir").filter(|directory| !directory.is_empty());
            let fragment = std::mem::take(&mut url.fragment);
            (url, fragment, directory)
        }
    };
    let mut attributes = match from_url(&url) {
        Ok(attributes) => attributes,
        // A URL that no fetcher can read may be meant as a path.
        Err(Refused::Url(_)) if Url::parse(text).is_some() => {
            let mut url = path_url(text)?;
            url.query.remove("dir");
            from_url(&url).map_err(Refused::message)?
        }
        Err(refused) => return Err(refused.message()),
    };
    if let (true, Some(error)) = (needs_flakes(require(&attributes, "type")?), without_flakes) {
        return Err(error);
    }
    if !fragment.is_empty() {
        return Err(format!("unexpected fragment '{fragment}' in flake reference '{text}'"));
    }
    if let Some(directory) = directory {
        attributes.entry("dir".into()).or_insert(Attribute::Text(directory));
    }
    Ok(attributes)
}

/// Why a URL is no reference.
enum Refused {
    /// It is not a URL of its kind.
    Url(String),
    Other(String),
}

impl Refused {
    fn message(self) -> String {
        match self {
            Self::Url(message) | Self::Other(message) => message,
        }
    }
}

/// `nixpkgs`, `nixpkgs/BRANCH`, `nixpkgs/BRANCH/COMMIT`, with a fragment.
fn flake_id(text: &str) -> Option<(Url, String)> {
    let (id, fragment) = text.split_once('#').unwrap_or((text, ""));
    let path: Vec<String> = id.split('/').map(str::to_owned).collect();
    let rest = &id[path[0].len().min(id.len())..];
    let good = is_flake_id(&path[0]) && (rest.is_empty() || is_ref_or_commit(&rest[1..]));
    let fragment = url::decode(fragment, "/? \"^").filter(|_| good)?;
    Some((Url { scheme: "flake".into(), path, ..Url::default() }, fragment))
}

fn is_flake_id(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

fn is_ref_or_commit(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '@');
    begins && text.chars().all(|c| c.is_ascii_alphanumeric() || "_./@+-".contains(c))
}

fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.chars().all(|c| c.is_ascii_hexdigit())
}

/// A path with an optional query and fragment, as a URL.
fn path_url(text: &str) -> Result<Url> {
    let (rest, fragment) = text.split_once('#').unwrap_or((text, ""));
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    if !path.starts_with('/') {
        return Err(format!("flake reference '{text}' is not an absolute path"));
    }
    let invalid = || format!("invalid URI query '{query}'");
    Ok(Url {
        scheme: "path".into(),
        authority: Some(String::new()),
        path: path.split('/').map(str::to_owned).collect(),
        query: url::parse_query(query).ok_or_else(invalid)?,
        fragment: url::decode(fragment, "/? \"^").unwrap_or_default(),
    })
}

fn text(value: impl Into<String>) -> Attribute {
    Attribute::Text(value.into())
}

fn from_url(url: &Url) -> std::result::Result<Attributes, Refused> {
    let attributes = match url.scheme.as_str() {
        "path" => from_path(url).map_err(Refused::Other)?,
        "flake" => from_indirect(url).map_err(Refused::Url)?,
        scheme if FORGES.contains(&scheme) => from_forge(url).map_err(Refused::Url)?,
        scheme if scheme == "git" || application(scheme) == Some("git") => from_git(url),
        "hg+http" | "hg+https" | "hg+ssh" | "hg+file" => from_mercurial(url),
        scheme => match (transport(scheme), application(scheme)) {
            ("file" | "http" | "https", None | Some("tarball")) => from_curl(url, "tarball"),
            ("file" | "http" | "https", Some("file")) => from_curl(url, "file"),
            ("git", Some("file")) => {
                return Err(Refused::Other(format!(
                    "input '{url}' is unsupported; did you mean 'git+file' instead of 'file+git'?"
                )));
            }
            _ => return Err(Refused::Other(format!("input '{url}' is unsupported"))),
        },
    };
    check(&attributes).map_err(Refused::Url)?;
    Ok(attributes)
}

fn from_path(url: &Url) -> Result<Attributes> {
    if let Some(host) = url.authority.as_ref().filter(|host| !host.is_empty()) {
        return Err(format!("path URL '{url}' should not have an authority ('{host}')"));
    }
    let mut attributes = Attributes::new();
    attributes.insert("type".into(), text("path"));
    attributes.insert("path".into(), text(url.path.join("/")));
    for (name, value) in &url.query {
        let value = match name.as_str() {
            "rev" | "narHash" => text(value),
            "revCount" | "lastModified" => Attribute::Int(
                value
                    .parse()
                    .map_err(|_| format!("path URL '{url}' has invalid parameter '{name}'"))?,
            ),
            _ => return Err(format!("path URL '{url}' has unsupported parameter '{name}'")),
        };
        attributes.insert(name.clone(), value);
    }
    Ok(attributes)
}

fn from_indirect(url: &Url) -> Result<Attributes> {
    let (branch, commit) = match url.segments().as_slice() {
        [_] => (None, None),
        [_, one] if is_commit(one) => (None, Some(*one)),
        [_, one] if is_legal_ref(one) => (Some(*one), None),
        [_, one] => {
            return Err(format!(
                "in flake URL '{url}', '{one}' is not a commit hash or branch/tag name"
            ));
        }
        [_, one, _] if !is_legal_ref(one) => {
            return Err(format!("in flake URL '{url}', '{one}' is not a branch/tag name"));
        }
        [_, _, two] if !is_commit(two) => {
            return Err(format!("in flake URL '{url}', '{two}' is not a commit hash"));
        }
        [_, one, two] => (Some(*one), Some(*two)),
        _ => return Err(format!("GitHub URL '{url}' is invalid")),
    };
    let id = url.segments()[0].to_owned();
    if !is_flake_id(&id) {
        return Err(format!("'{id}' is not a valid flake ID"));
    }
    let mut attributes = Attributes::new();
    attributes.insert("type".into(), text("indirect"));
    attributes.insert("id".into(), text(id));
    attributes.extend(branch.map(|branch| ("ref".to_owned(), text(branch))));
    attributes.extend(commit.map(|commit| ("rev".to_owned(), text(commit.to_ascii_lowercase()))));
    Ok(attributes)
}

fn from_forge(url: &Url) -> Result<Attributes> {
    let segments = url.segments();
    let [owner, repository, rest @ ..] = segments.as_slice() else {
        return Err(format!("URL '{url}' is invalid"));
    };
    let mut attributes = Attributes::new();
    match rest {
        [] => {}
        [one] if is_commit(one) => {
            attributes.insert("rev".into(), text(*one));
        }
        more => {
            attributes.insert("ref".into(), text(more.join("/")));
        }
    }
    for (name, value) in &url.query {
        let twice = match name.as_str() {
            "rev" => "commit hashes",
            "ref" => "branch/tag names",
            "host" | "narHash" => "",
            _ => continue,
        };
        if !twice.is_empty() && attributes.contains_key(name) {
            return Err(format!("URL '{url}' contains multiple {twice}"));
        }
        attributes.insert(name.clone(), text(value));
    }
    attributes.insert("type".into(), text(&url.scheme));
    attributes.insert("owner".into(), text(*owner));
    attributes.insert("repo".into(), text(*repository));
    Ok(attributes)
}

fn from_git(url: &Url) -> Attributes {
    let mut attributes = Attributes::from([("type".to_owned(), text("git"))]);
    let mut rest = Url { query: BTreeMap::new(), ..url.clone() };
    for (name, value) in &url.query {
        match name.as_str() {
            "rev" | "ref" | "keytype" | "publicKey" | "publicKeys" => {
                attributes.insert(name.clone(), text(value));
            }
            "shallow" | "submodules" | "lfs" | "exportIgnore" | "allRefs" | "verifyCommit" => {
                attributes.insert(name.clone(), Attribute::Bool(value == "1"));
            }
            _ => {
                rest.query.insert(name.clone(), value.clone());
            }
        }
    }
    rest.scheme = transport(&url.scheme).to_owned();
    attributes.insert("url".into(), text(rest.to_string()));
    attributes
}

fn from_mercurial(url: &Url) -> Attributes {
    let mut attributes = Attributes::from([("type".to_owned(), text("hg"))]);
    let mut rest = url.clone();
    for name in ["rev", "ref"] {
        attributes.extend(rest.query.remove(name).map(|value| (name.to_owned(), text(value))));
    }
    rest.scheme = transport(&url.scheme).to_owned();
    attributes.insert("url".into(), text(rest.to_string()));
    attributes
}

fn from_curl(url: &Url, kind: &str) -> Attributes {
    let mut attributes = Attributes::from([("type".to_owned(), text(kind))]);
    let mut rest = url.clone();
    for name in CURL {
        let Some(value) = rest.query.remove(name) else { continue };
        let value = match name {
            "narHash" | "rev" => Some(text(value)),
            "revCount" | "lastModified" => value.parse().ok().map(Attribute::Int),
            _ => None,
        };
        attributes.extend(value.map(|value| (name.to_owned(), value)));
    }
    rest.scheme = transport(&url.scheme).to_owned();
    attributes.insert("url".into(), text(rest.to_string()));
    attributes
}

/// What Git allows as the name of a branch or tag.
fn is_legal_ref(name: &str) -> bool {
    let bad = |c: char| c.is_ascii_control() || " ~^:?*[\\".contains(c);
    !name.is_empty()
        && name != "@"
        && !name.contains(bad)
        && !["..", "@{", "//"].iter().any(|part| name.contains(part))
        && !name.starts_with(['/', '-'])
        && !name.ends_with(['/', '.'])
        && !name.split('/').any(|part| part.starts_with('.') || part.ends_with(".lock"))
}

fn get<'a>(attributes: &'a Attributes, name: &str) -> Result<Option<&'a str>> {
    match attributes.get(name) {
        None => Ok(None),
        Some(Attribute::Text(value)) => Ok(Some(value)),
        Some(_) => {
            let all = json(attributes);
            Err(format!("input attribute '{name}' is not a string {all}"))
        }
    }
}

fn require<'a>(attributes: &'a Attributes, name: &str) -> Result<&'a str> {
    get(attributes, name)?.ok_or_else(|| format!("input attribute '{name}' is missing"))
}

fn json(attributes: &Attributes) -> serde_json::Value {
    let value = |attribute: &Attribute| match attribute {
        Attribute::Text(text) => serde_json::Value::from(text.as_str()),
        Attribute::Int(int) => serde_json::Value::from(*int),
        Attribute::Bool(bool) => serde_json::Value::from(*bool),
    };
    attributes.iter().map(|(name, attribute)| (name.clone(), value(attribute))).collect()
}

/// What Nix checks of the attributes of each type.
fn check(attributes: &Attributes) -> Result<()> {
    let branch = get(attributes, "ref")?;
    match require(attributes, "type")? {
        kind if FORGES.contains(&kind) => {
            require(attributes, "owner")?;
            require(attributes, "repo")?;
            if let (Some(branch), Some(commit)) = (branch, get(attributes, "rev")?) {
                return Err(format!(
                    "input {} contains both a commit hash ('{commit}') and a branch/tag name ('{branch}')",
                    json(attributes)
                ));
            }
            if let Some(commit) = get(attributes, "rev")? {
                let read = Hash::parse(commit, Some(Algorithm::Sha1));
                read.map_err(|error| error.message().to_owned())?;
            }
            if branch.is_some_and(|branch| !is_legal_ref(branch)) {
                let all = json(attributes);
                return Err(format!("input {all} contains an invalid branch/tag name"));
            }
            let allowed = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
            if get(attributes, "host")?.is_some_and(|host| !host.chars().all(allowed)) {
                let all = json(attributes);
                return Err(format!("input {all} contains an invalid instance host"));
            }
        }
        "git" | "hg" => {
            require(attributes, "url")?;
            if let Some(branch) = branch.filter(|branch| !is_legal_ref(branch)) {
                let program = if attributes["type"] == text("hg") { "Mercurial" } else { "Git" };
                return Err(format!("invalid {program} branch/tag name '{branch}'"));
            }
        }
        "path" => {
            require(attributes, "path")?;
        }
        "indirect" => {
            let id = require(attributes, "id")?;
            if !is_flake_id(id) {
                return Err(format!("'{id}' is not a valid flake ID"));
            }
        }
        _ => {}
    }
    for name in ["revCount", "lastModified"] {
        if !matches!(attributes.get(name), None | Some(Attribute::Int(_))) {
            return Err(format!("input attribute '{name}' is not an integer"));
        }
    }
    Ok(())
}

/// The attributes of a git repository; the first is the one it must have.
pub(crate) const GIT: [&str; 18] = [
    "url",
    "ref",
    "rev",
    "shallow",
    "submodules",
    "lfs",
    "exportIgnore",
    "lastModified",
    "revCount",
    "narHash",
    "allRefs",
    "name",
    "dirtyRev",
    "dirtyShortRev",
    "verifyCommit",
    "keytype",
    "publicKey",
    "publicKeys",
];

/// The names that a type knows besides `type`.
fn allowed(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        kind if FORGES.contains(&kind) => {
            &["owner", "repo", "ref", "rev", "narHash", "lastModified", "host", "treeHash"]
        }
        "path" => &["path", "rev", "revCount", "lastModified", "narHash"],
        "indirect" => &["id", "ref", "rev", "narHash"],
        "hg" => &["url", "ref", "rev", "revCount", "narHash", "name"],
        "file" | "tarball" => &CURL,
        "git" => &GIT,
        _ => return None,
    })
}

/// Writes a reference as a URL; `without_flakes` as for [`parse`].
pub(crate) fn show(attributes: &Attributes, without_flakes: Option<String>) -> Result<String> {
    let mut attributes = attributes.clone();
    let directory = get(&attributes, "dir")?.unwrap_or_default().to_owned();
    attributes.remove("dir");
    let Some(kind) = get(&attributes, "type")?.map(str::to_owned) else {
        return Err("'type' attribute to specify input scheme is required but not provided".into());
    };
    let Some(names) = allowed(&kind) else {
        return Err(format!("cannot show unsupported input '{}'", json(&attributes)));
    };
    if let (true, Some(error)) = (needs_flakes(&kind), without_flakes) {
        return Err(error);
    }
    let odd = |name: &&String| {
        !["type", "__final"].contains(&name.as_str()) && !names.contains(&name.as_str())
    };
    if let Some(name) = attributes.keys().find(odd) {
        return Err(format!("input attribute '{name}' not supported by scheme '{kind}'"));
    }
    check(&attributes)?;
    let mut url = to_url(&kind, &attributes)?;
    if !directory.is_empty() {
        url.query.entry("dir".into()).or_insert(directory);
    }
    Ok(url.to_string())
}

fn to_url(kind: &str, attributes: &Attributes) -> Result<Url> {
    let mut url = Url { scheme: kind.to_owned(), ..Url::default() };
    let (branch, commit) = (get(attributes, "ref")?, get(attributes, "rev")?);
    let commit = commit.map(str::to_ascii_lowercase);
    match kind {
        "path" => {
            url.path = require(attributes, "path")?.split('/').map(str::to_owned).collect();
            for (name, value) in attributes.iter().filter(|(n, _)| *n != "path" && *n != "type") {
                let value = match value {
                    Attribute::Text(text) => text.clone(),
                    Attribute::Int(int) => int.to_string(),
                    Attribute::Bool(bool) => u8::from(*bool).to_string(),
                };
                url.query.insert(name.clone(), value);
            }
            return Ok(url);
        }
        "indirect" => {
            url.scheme = "flake".into();
            url.path.push(require(attributes, "id")?.to_owned());
            url.path.extend(branch.map(str::to_owned));
            url.path.extend(commit);
            return Ok(url);
        }
        kind if FORGES.contains(&kind) => {
            for name in ["owner", "repo"] {
                url.path.push(require(attributes, name)?.to_owned());
            }
            url.path.extend(branch.map(str::to_owned));
            url.path.extend(commit);
            for name in ["narHash", "host"] {
                let value = get(attributes, name)?;
                url.query.extend(value.map(|value| (name.to_owned(), value.to_owned())));
            }
            return Ok(url);
        }
        _ => {}
    }
    let base = require(attributes, "url")?;
    url = Url::parse(base).ok_or_else(|| format!("'{base}' is not a valid URL"))?;
    match kind {
        "git" | "hg" => {
            if url.scheme != "git" {
                url.scheme = format!("{kind}+{}", url.scheme);
            }
            url.query.extend(commit.map(|commit| ("rev".to_owned(), commit)));
            url.query.extend(branch.map(|branch| ("ref".to_owned(), branch.to_owned())));
            for name in ["shallow", "lfs", "submodules", "exportIgnore", "verifyCommit"] {
                if attributes.get(name) == Some(&Attribute::Bool(true)) {
                    url.query.insert(name.into(), "1".into());
                }
            }
        }
        _ => {
            let hash = get(attributes, "narHash")?;
            url.query.extend(hash.map(|hash| ("narHash".to_owned(), hash.to_owned())));
        }
    }
    Ok(url)
}
