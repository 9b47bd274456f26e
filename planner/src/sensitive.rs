//! What looks like a secret, and what stands for it.
//!
//! Options hold secrets now and then: a password in `extraFlags`, a token in a
//! flake's URL. Attributes never have them: a mark with the first digits of
//! their SHA-256 stands in their place, which changes when they do. Texts of
//! files have a [`Secret`] there, whose text is in memory only.
//!
//! Paths that conex itself makes files and links at are no secrets: whoever
//! may look at the host sees them.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use conex_model::{Attribute, Attributes, Observed, Secret};
use regex_automata::meta::Regex;
use regex_automata::util::{captures::Captures, syntax};
use sha2::{Digest, Sha256};

use crate::text::hex;

/// The attributes that are paths on the host.
const PATHS: [&str; 6] = ["contents", "file", "link", "path", "root", "target"];

/// How a mark begins and how many digits follow.
const MARK: &str = "(sensitive, sha256:";
const DIGITS: usize = 8;

/// The flag of systemd-nspawn whose argument is a secret.
const CREDENTIAL: &str = "--set-credential";

/// What a secret looks like, which is the second group; the first is the name
/// that it is assigned to, for [`is_file`].
const PATTERNS: [&str; 9] = [
    // NAME=VALUE to the end: a value may have blanks in it.
    r"(?is)([a-z0-9_.\-]*(?:password|passwd|passphrase|pass|token|secret|key)s?(?:_[a-z0-9_]*|[0-9]*))=(.+)$",
    // --set-credential=ID:VALUE
    r"(?is)()--set-credential[=\s]\s*[^:=\s]*:(.+)$",
    // scheme://user:password@host
    r"(?i)()[a-z][a-z0-9+.\-]*://[^/\s:@]*:([^@/\s]+)@",
    // PEM, OpenSSH and PGP.
    r"(?s)()(-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:.*?-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|.*))",
    r"(?i)()(AGE-SECRET-KEY-1[0-9A-Z]+)",
    // Amazon, then GitHub, GitLab and Slack.
    r"(?-u:\b)()((?:AKIA|ASIA)[0-9A-Z]{16})(?-u:\b)",
    r"(?-u:\b)()(gh[pousr]_[0-9A-Za-z]{16,}|github_pat_[0-9A-Za-z_]{16,}|glpat-[0-9A-Za-z_\-]{16,}|xox[abprs]-[0-9A-Za-z\-]{10,})",
    // A JSON web token: two objects and a signature, all in base64.
    r"(?-u:\b)()(eyJ[0-9A-Za-z_\-]{4,}\.[0-9A-Za-z_\-]{4,}\.[0-9A-Za-z_\-]*)",
    // WireGuard's `PrivateKey = …`: 32 bytes in base64.
    r#"(?i)()(?:private|preshared)[_\-]?key["'\s:=]*([0-9A-Za-z+/]{42,43}={0,2})"#,
];

/// All patterns as one. `None` can not be: a test compiles them.
static SECRETS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::builder()
        .configure(Regex::config().utf8_empty(false))
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .build_many(&PATTERNS)
        .ok()
});

/// The mark of a text.
pub(crate) fn digest(text: &str) -> String {
    let mut digest = hex(&Sha256::digest(text.as_bytes()));
    digest.truncate(DIGITS);
    digest
}

/// Whether a part of a text is a secret.
pub(crate) fn is_secret(text: &str) -> bool {
    !spans(text).is_empty()
}

/// The text as a secret.
pub(crate) fn secret(text: &str, written: impl Into<Arc<str>>) -> Secret {
    Secret::new(digest(text), written)
}

/// Whether the element of a list of flags is the argument of one whose
/// argument is a secret.
pub(crate) fn follows_credential(before: Option<&str>) -> bool {
    before == Some(CREDENTIAL)
}

/// The text with marks for its secrets.
pub(crate) fn redacted(text: &str) -> Cow<'_, str> {
    let spans = spans(text);
    if spans.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = 0;
    for span in spans {
        out.push_str(text.get(rest..span.start).unwrap_or_default());
        out.push_str(&mark(text.get(span.clone()).unwrap_or_default()));
        rest = span.end;
    }
    out.push_str(text.get(rest..).unwrap_or_default());
    Cow::Owned(out)
}

/// The text with a mark for what is behind the first colon: the argument of
/// `--set-credential`.
pub(crate) fn redacted_credential(text: &str) -> String {
    let (id, value) = text.split_once(':').unwrap_or(("", text));
    if is_mark(value) { text.to_owned() } else { format!("{id}:{}", mark(value)) }
}

fn mark(secret: &str) -> String {
    format!("{MARK}{})", digest(secret))
}

fn is_mark(text: &str) -> bool {
    text.strip_prefix(MARK).and_then(|rest| rest.strip_suffix(')')).is_some_and(|digits| {
        digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// Whether a text has a mark in it.
pub(crate) fn has_mark(text: &str) -> bool {
    text.match_indices(MARK).any(|(at, _)| {
        let end = at + MARK.len() + DIGITS + 1;
        text.get(at..end).is_some_and(is_mark)
    })
}

/// The secrets in a text, in order.
fn spans(text: &str) -> Vec<Range<usize>> {
    // Most texts are short words, addresses and paths. All but an assignment
    // and the password of a URL are long.
    if text.len() < 16 && !text.contains('=') && !text.contains("://") {
        return Vec::new();
    }
    let Some(regex) = &*SECRETS else { return Vec::new() };
    let mut found = Vec::new();
    let mut at = 0;
    let mut captures = regex.create_captures();
    while at < text.len() {
        regex.captures(regex_automata::Input::new(text).range(at..), &mut captures);
        let Some((name, span)) = groups(&captures, text) else { break };
        if is_file(name) {
            at = span.start;
            continue;
        }
        at = span.end;
        if !is_mark(&text[span.clone()]) {
            found.push(span);
        }
    }
    found
}

fn groups<'t>(captures: &Captures, text: &'t str) -> Option<(&'t str, Range<usize>)> {
    let name = captures.get_group(1).and_then(|span| text.get(span.range()))?;
    let span = captures.get_group(2)?.range();
    text.is_char_boundary(span.start).then_some(())?;
    text.is_char_boundary(span.end).then_some((name, span))
}

/// By convention, what is assigned to such a name is where the secret is.
fn is_file(name: &str) -> bool {
    let last = name.rsplit('_').next().unwrap_or_default();
    let words = ["file", "path", "dir", "id", "name"];
    name.contains('_') && words.iter().any(|word| last.eq_ignore_ascii_case(word))
}

/// An attribute with marks for its secrets.
pub(crate) fn attribute(name: &str, value: Attribute) -> Attribute {
    if may_have_secret(name, &value) { walk(value) } else { value }
}

/// Whether an attribute has to be looked at in detail, without copying it.
fn may_have_secret(name: &str, value: &Attribute) -> bool {
    fn look(value: &Attribute) -> bool {
        match value {
            Attribute::Str(text) => &**text == CREDENTIAL || is_secret(text),
            Attribute::List(elements) => elements.iter().any(look),
            Attribute::Map(map) => map.values().any(look),
            _ => false,
        }
    }
    !PATHS.contains(&name) && look(value)
}

fn walk(value: Attribute) -> Attribute {
    match value {
        Attribute::Str(text) => match redacted(&text) {
            Cow::Borrowed(_) => Attribute::Str(text),
            Cow::Owned(text) => Attribute::str(text),
        },
        Attribute::List(elements) => {
            let mut before = None;
            let mut redacted = Vec::with_capacity(elements.len());
            for element in elements {
                let this = element.as_str().map(str::to_owned);
                redacted.push(match &this {
                    Some(text) if follows_credential(before.as_deref()) => {
                        Attribute::str(redacted_credential(text))
                    }
                    _ => walk(element),
                });
                before = this;
            }
            Attribute::List(redacted)
        }
        Attribute::Map(map) => {
            Attribute::Map(map.into_iter().map(|(name, value)| (name, walk(value))).collect())
        }
        other => other,
    }
}

/// What was observed with marks for secrets: an older conex recorded them as
/// they are.
pub(crate) fn observed(observed: &Observed) -> Cow<'_, Observed> {
    let mut changed = Vec::new();
    for (name, container) in &observed.containers {
        for (kind, resource) in &container.resources {
            let recorded = resource.recorded.as_deref().and_then(attributes).map(Arc::new);
            let found = resource.found.as_deref().and_then(attributes).map(Arc::new);
            if recorded.is_some() || found.is_some() {
                changed.push((name.clone(), *kind, recorded, found));
            }
        }
    }
    if changed.is_empty() {
        return Cow::Borrowed(observed);
    }
    let mut observed = observed.clone();
    for (name, kind, recorded, found) in changed {
        let container = observed.containers.get_mut(&name);
        if let Some(resource) = container.and_then(|found| found.resources.get_mut(&kind)) {
            resource.recorded = recorded.or(resource.recorded.take());
            resource.found = found.or(resource.found.take());
        }
    }
    Cow::Owned(observed)
}

/// The attributes with marks; `None` if they have no secret.
fn attributes(attributes: &Attributes) -> Option<Attributes> {
    let mut changed: Option<Attributes> = None;
    for (name, value) in attributes.iter().filter(|(name, value)| may_have_secret(name, value)) {
        let redacted = attribute(name, value.clone());
        if redacted != *value {
            changed.get_or_insert_with(|| attributes.clone()).set(name.to_owned(), redacted);
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let found = redacted(text);
        let mut shown = found.to_string();
        while let Some(at) = shown.find(MARK) {
            shown.replace_range(at..at + MARK.len() + DIGITS + 1, "*");
        }
        assert_eq!(shown, expected);
        // A mark is no secret.
        assert_eq!(redacted(&found), found);
        assert_eq!(has_mark(&found), found != text);
    }

    #[test]
    fn assignments_to_telling_names() {
        check("--setenv=DB_PASSWORD=hunter2", "--setenv=DB_PASSWORD=*");
        check("-E api_token=a b=c", "-E api_token=*");
        check("--setenv=SECRET_KEY_BASE=abc", "--setenv=SECRET_KEY_BASE=*");
        check("--setenv=AWS_SECRET_ACCESS_KEY=ü", "--setenv=AWS_SECRET_ACCESS_KEY=*");
        check("https://x.org/?token=abc", "https://x.org/?token=*");
        check("--set-credential=db:hunter2", "--set-credential=db:*");
        check("--set-credential db:hunter2", "--set-credential db:*");
    }

    #[test]
    fn where_a_secret_is_is_none() {
        for text in [
            "--setenv=DB_PASSWORD_FILE=/run/keys/db",
            "--setenv=AWS_ACCESS_KEY_ID=x",
            "--setenv=KEYMAP=us",
            "--load-credential=db:/run/keys/db",
            "--bind=/srv/key:/key",
            "git+ssh://git@example.org/x",
            "10.0.0.1",
            "",
        ] {
            check(text, text);
        }
        check("A_KEY_FILE=/x B_KEY=c", "A_KEY_FILE=/x B_KEY=*");
    }

    #[test]
    fn what_looks_like_a_key() {
        let key = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC";
        for word in ["", "RSA ", "OPENSSH ", "ENCRYPTED "] {
            let pem = format!(
                "-----BEGIN {word}PRIVATE KEY-----\n{key}\n-----END {word}PRIVATE KEY-----"
            );
            check(&format!("a {pem} b"), "a * b");
            check(&pem[..60], "*");
        }
        check("AGE-SECRET-KEY-1QQQQ, x", "*, x");
        check("AKIAIOSFODNN7EXAMPLE", "*");
        check("ghp_0123456789abcdefghij", "*");
        check("x eyJhbGciOi.eyJzdWIi.sig-1 y", "x * y");
        check("https://u:ghp@example.org/x", "https://u:*@example.org/x");
        check("PrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=", "PrivateKey = *");
    }

    #[test]
    fn a_credential_may_be_the_next_flag() {
        let list =
            |words: &[&str]| Attribute::List(words.iter().map(|w| Attribute::str(*w)).collect());
        let redacted = attribute("extraFlags", list(&["--set-credential", "db:hunter2", "-x"]));
        assert!(!format!("{redacted:?}").contains("hunter2"));
        assert_eq!(attribute("extraFlags", redacted.clone()), redacted);
        let path = Attribute::str("/srv/PASSWORD=x");
        assert_eq!(attribute("root", path.clone()), path);
    }
}
