//! URLs as flake references use them (RFC 3986, and unescaped blanks and
//! quotes in queries and fragments).

use std::collections::BTreeMap;
use std::fmt;

/// A URL in its parts, without escapes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Url {
    pub(super) scheme: String,
    /// `user:password@host:port`, as it was written.
    pub(super) authority: Option<String>,
    /// What is between the slashes; the first is empty for an absolute path.
    pub(super) path: Vec<String>,
    pub(super) query: BTreeMap<String, String>,
    pub(super) fragment: String,
}

impl Url {
    /// Takes a URL apart; `None` for what is not one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
        let (text, query) = text.split_once('?').unwrap_or((text, ""));
        let (scheme, rest) = text.split_once(':')?;
        let follows = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(follows) {
            return None;
        }
        let (authority, path) = match rest.strip_prefix("//") {
            None => (None, rest),
            Some(rest) => {
                let end = rest.find('/').unwrap_or(rest.len());
                (Some(rest[..end].to_owned()), &rest[end..])
            }
        };
        let is_file = transport(scheme) == "file";
        if authority.as_ref().is_some_and(|host| is_file && !host.is_empty()) {
            return None;
        }
        if authority.as_ref().is_some_and(|host| !host.chars().all(is_url_char)) {
            return None;
        }
        let path = if is_file && path.is_empty() { "/" } else { path };
        Some(Self {
            scheme: scheme.to_owned(),
            authority,
            path: path.split('/').map(|part| decode(part, "")).collect::<Option<_>>()?,
            query: parse_query(query)?,
            fragment: decode(fragment, " \"^/?")?,
        })
    }

    /// The parts of the path that are not empty.
    pub(super) fn segments(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).filter(|part| !part.is_empty()).collect()
    }
}

/// `https` of `tarball+https`.
pub(super) fn transport(scheme: &str) -> &str {
    scheme.split_once('+').map_or(scheme, |(_, transport)| transport)
}

/// `tarball` of `tarball+https`.
pub(super) fn application(scheme: &str) -> Option<&str> {
    scheme.split_once('+').map(|(application, _)| application)
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.scheme)?;
        if let Some(authority) = &self.authority {
            write!(f, "//{authority}")?;
        }
        let path: Vec<String> = self.path.iter().map(|part| encode(part, ":@")).collect();
        f.write_str(&path.join("/"))?;
        for (index, (name, value)) in self.query.iter().enumerate() {
            let mark = if index == 0 { '?' } else { '&' };
            write!(f, "{mark}{}={}", encode(name, ":@/?"), encode(value, ":@/?"))?;
        }
        if !self.fragment.is_empty() {
            write!(f, "#{}", encode(&self.fragment, ""))?;
        }
        Ok(())
    }
}

/// The parameters of a query; one without a `=` is ignored.
pub(super) fn parse_query(query: &str) -> Option<BTreeMap<String, String>> {
    let mut parameters = BTreeMap::new();
    for parameter in query.split('&') {
        if let Some((name, value)) = parameter.split_once('=') {
            let (name, value) = (decode(name, " \"/?")?, decode(value, " \"/?")?);
            parameters.entry(name).or_insert(value);
        }
    }
    Some(parameters)
}

fn is_url_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@%[]".contains(c)
}

/// The text without escapes; `None` if it has a character that must be
/// escaped and is not among `also`.
pub(super) fn decode(text: &str, also: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c == '%' {
            let mut digit = || rest.next().and_then(|c| c.to_digit(16));
            bytes.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
        } else if (is_url_char(c) && !"[]".contains(c)) || also.contains(c) {
            bytes.push(u8::try_from(c).ok()?);
        } else {
            return None;
        }
    }
    String::from_utf8(bytes).ok()
}

/// Escapes all but letters, digits, `-._~` and what is in `keep`.
fn encode(text: &str, keep: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric() || "-._~".contains(c) || (byte < 128 && keep.contains(c)) {
            out.push(c);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
