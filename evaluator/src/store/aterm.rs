//! The text of a `.drv` file: writing it, and reading it back.
//!
//! The format is in Nix's manual ("Derivation ATerm format").

use std::collections::{BTreeMap, BTreeSet};

use super::derivation::{Derivation, FixedHash, Output};
use super::hash::Algorithm;
use super::{Ingestion, hex};

/// Inputs of a derivation: what names one, and which outputs are needed.
pub(crate) type Inputs = BTreeMap<String, BTreeSet<String>>;

/// The text of a derivation, with these for its inputs.
pub(crate) fn write(derivation: &Derivation, inputs: &Inputs) -> Vec<u8> {
    let mut out = Vec::with_capacity(4096);
    out.extend_from_slice(b"Derive(");
    list(&mut out, &derivation.outputs, |out, (name, output)| {
        let (path, algorithm, hash) = output_fields(output);
        tuple(out, &[name.as_str(), path, &algorithm, &hash]);
    });
    out.push(b',');
    list(&mut out, inputs, |out, (path, outputs)| {
        out.push(b'(');
        string(out, path.as_bytes());
        out.push(b',');
        list(out, outputs, |out, output| string(out, output.as_bytes()));
        out.push(b')');
    });
    out.push(b',');
    list(&mut out, &derivation.input_sources, |out, path| string(out, path.as_bytes()));
    out.push(b',');
    string(&mut out, &derivation.system);
    out.push(b',');
    string(&mut out, &derivation.builder);
    out.push(b',');
    list(&mut out, &derivation.arguments, |out, argument| string(out, argument));
    out.push(b',');
    list(&mut out, &derivation.environment, |out, (name, value)| {
        out.push(b'(');
        string(out, name.as_bytes());
        out.push(b',');
        string(out, value);
        out.push(b')');
    });
    out.push(b')');
    out
}

/// Path, algorithm and hash of an output, each empty where it has none.
fn output_fields(output: &Output) -> (&str, String, String) {
    let algorithm = |how: Ingestion, name: &str| format!("{}{name}", how.prefix());
    match output {
        Output::Input { path } => (path, String::new(), String::new()),
        Output::Fixed { path, hash } => {
            (path, algorithm(hash.how, hash.algorithm.name()), hex(&hash.hash))
        }
        Output::Floating { how, algorithm: name } => {
            ("", algorithm(*how, name.name()), String::new())
        }
        Output::Impure { how, algorithm: name } => {
            ("", algorithm(*how, name.name()), "impure".into())
        }
    }
}

fn list<T>(out: &mut Vec<u8>, items: impl IntoIterator<Item = T>, item: impl Fn(&mut Vec<u8>, T)) {
    out.push(b'[');
    for (index, one) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        item(out, one);
    }
    out.push(b']');
}

fn tuple(out: &mut Vec<u8>, items: &[&str]) {
    out.push(b'(');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        string(out, item.as_bytes());
    }
    out.push(b')');
}

fn string(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    let mut rest = text;
    // Most of a text is copied as it is.
    while let Some(plain) = rest.iter().position(|byte| b"\"\\\n\r\t".contains(byte)) {
        out.extend_from_slice(&rest[..plain]);
        out.extend(match rest[plain] {
            b'\n' => *b"\\n",
            b'\r' => *b"\\r",
            b'\t' => *b"\\t",
            byte => [b'\\', byte],
        });
        rest = &rest[plain + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// Reads the text of a derivation; `None` when it is not one.
pub(crate) fn read(text: &[u8]) -> Option<Derivation> {
    let mut reader = Reader(text.strip_prefix(b"Derive(")?);
    let mut derivation = Derivation::default();
    for (name, [path, algorithm, hash]) in reader.list(Reader::output)? {
        derivation.outputs.insert(name, output(path, &algorithm, &hash)?);
    }
    reader.expect(b",")?;
    derivation.input_drvs = reader.list(Reader::input)?.into_iter().collect();
    reader.expect(b",")?;
    derivation.input_sources = reader.list(Reader::text)?.into_iter().collect();
    reader.expect(b",")?;
    derivation.system = reader.bytes()?;
    reader.expect(b",")?;
    derivation.builder = reader.bytes()?;
    reader.expect(b",")?;
    derivation.arguments = reader.list(Reader::bytes)?;
    reader.expect(b",")?;
    derivation.environment = reader.list(Reader::variable)?.into_iter().collect();
    reader.expect(b")")?;
    Some(derivation)
}

/// An output from its fields.
fn output(path: String, algorithm: &str, hash: &str) -> Option<Output> {
    if algorithm.is_empty() {
        return Some(Output::Input { path });
    }
    let (how, name) = match algorithm.split_once(':') {
        Some(("r", name)) => (Ingestion::Recursive, name),
        Some(("text", name)) => (Ingestion::Text, name),
        Some(("git", name)) => (Ingestion::Git, name),
        Some(_) => return None,
        None => (Ingestion::Flat, algorithm),
    };
    let algorithm = Algorithm::parse(name).ok()?;
    Some(match hash {
        "" => Output::Floating { how, algorithm },
        "impure" => Output::Impure { how, algorithm },
        hash => {
            let hash = data_encoding::HEXLOWER_PERMISSIVE.decode(hash.as_bytes()).ok()?;
            Output::Fixed { path, hash: FixedHash { how, algorithm, hash } }
        }
    })
}

/// What is left of a text.
struct Reader<'t>(&'t [u8]);

impl Reader<'_> {
    fn expect(&mut self, token: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(token)?;
        Some(())
    }

    fn bytes(&mut self) -> Option<Vec<u8>> {
        self.expect(b"\"")?;
        let mut bytes = Vec::new();
        loop {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            match byte {
                b'"' => return Some(bytes),
                b'\\' => {
                    let (escaped, rest) = self.0.split_first()?;
                    self.0 = rest;
                    bytes.push(match escaped {
                        b'n' => b'\n',
                        b'r' => b'\r',
                        b't' => b'\t',
                        other => *other,
                    });
                }
                byte => bytes.push(*byte),
            }
        }
    }

    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?).ok()
    }

    fn list<T>(&mut self, item: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        self.expect(b"[")?;
        let mut items = Vec::new();
        while self.expect(b"]").is_none() {
            if !items.is_empty() {
                self.expect(b",")?;
            }
            items.push(item(self)?);
        }
        Some(items)
    }

    fn output(&mut self) -> Option<(String, [String; 3])> {
        self.expect(b"(")?;
        let name = self.text()?;
        let mut fields = [String::new(), String::new(), String::new()];
        for field in &mut fields {
            self.expect(b",")?;
            *field = self.text()?;
        }
        self.expect(b")")?;
        Some((name, fields))
    }

    fn input(&mut self) -> Option<(String, BTreeSet<String>)> {
        self.expect(b"(")?;
        let path = self.text()?;
        self.expect(b",")?;
        let outputs = self.list(Self::text)?;
        self.expect(b")")?;
        Some((path, outputs.into_iter().collect()))
    }

    fn variable(&mut self) -> Option<(String, Vec<u8>)> {
        self.expect(b"(")?;
        let name = self.text()?;
        self.expect(b",")?;
        let value = self.bytes()?;
        self.expect(b")")?;
        Some((name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let text = br#"Derive([("out","/nix/store/00000000000000000000000000000000-x","r:sha1","00ff")],[("/nix/store/00000000000000000000000000000000-y.drv",["dev","out"])],["/nix/store/00000000000000000000000000000000-z"],"s","b",["-c","a\n\"\\\t"],[("a","1"),("name","x")])"#;
        let derivation = read(text).unwrap();
        assert_eq!(derivation.arguments[1], b"a\n\"\\\t");
        assert_eq!(write(&derivation, &derivation.input_drvs), text);
    }

    #[test]
    fn what_is_not_a_derivation_is_refused() {
        for text in ["", "Derive(", "Derive([],[],[],\"\",\"\",[],[(\"a\"", "Derive([,])"] {
            assert!(read(text.as_bytes()).is_none(), "{text}");
        }
    }
}
