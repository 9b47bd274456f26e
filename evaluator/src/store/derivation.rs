//! Derivations: their text, and the paths that follow from it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use super::{Ingestion, fixed_output_path, hex, store_path, text_path};

/// A derivation, as its `.drv` file has it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Derivation {
    pub(crate) outputs: BTreeMap<String, Output>,
    /// Store paths of derivations and which outputs of them are needed.
    pub(crate) input_drvs: BTreeMap<String, BTreeSet<String>>,
    /// Store paths that are needed as they are.
    pub(crate) input_sources: BTreeSet<String>,
    pub(crate) system: Vec<u8>,
    pub(crate) builder: Vec<u8>,
    pub(crate) arguments: Vec<Vec<u8>>,
    pub(crate) environment: BTreeMap<String, Vec<u8>>,
}

/// An output of a derivation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Output {
    pub(crate) path: String,
    pub(crate) fixed: Option<FixedHash>,
}

/// The hash that the content of an output must have.
#[derive(Debug, Clone)]
pub(crate) struct FixedHash {
    pub(crate) how: Ingestion,
    pub(crate) algorithm: &'static str,
    pub(crate) hash: Vec<u8>,
}

/// What is remembered of the derivations of an evaluation, by `.drv` path.
pub(crate) type Known = FxHashMap<String, Rc<KnownDerivation>>;

/// What other derivations and closures need to know of one.
#[derive(Debug)]
pub(crate) struct KnownDerivation {
    /// Stands for the derivation in the hash of those that need it: by
    /// output for a fixed-output one, the same for all outputs otherwise.
    modulo: BTreeMap<String, String>,
    pub(crate) outputs: BTreeMap<String, String>,
    pub(crate) inputs: Vec<String>,
    pub(crate) sources: Vec<String>,
}

impl Derivation {
    /// Fills in the output paths; gives the path of the `.drv` file.
    pub(crate) fn finish(mut self, name: &str, known: &mut Known) -> (String, Self) {
        let fixed = self.outputs.get("out").and_then(|out| out.fixed.clone());
        let mut modulo = BTreeMap::new();
        if let Some(fixed) = fixed {
            let path = fixed_output_path(name, fixed.how, fixed.algorithm, &fixed.hash);
            let text = format!(
                "fixed:out:{}{}:{}:{path}",
                fixed.how.prefix(),
                fixed.algorithm,
                hex(&fixed.hash)
            );
            modulo.insert("out".to_owned(), hex(&Sha256::digest(text)));
            self.set_path("out", path);
        } else {
            // The paths are hashed as empty, and the inputs by what they
            // stand for: so the hash changes only with what is built.
            for output in self.outputs.keys() {
                self.environment.insert(output.clone(), Vec::new());
            }
            let hash: [u8; 32] = Sha256::digest(self.text(&self.inputs_modulo(known))).into();
            for output in self.outputs.keys().cloned().collect::<Vec<_>>() {
                let suffix = if output == "out" { String::new() } else { format!("-{output}") };
                let path =
                    store_path(&format!("output:{output}"), &hash, &format!("{name}{suffix}"));
                self.set_path(&output, path);
            }
            let hash = hex(&Sha256::digest(self.text(&self.inputs_modulo(known))));
            modulo.extend(self.outputs.keys().map(|output| (output.clone(), hash.clone())));
        }
        let inputs = self.input_drvs.iter().map(|(path, outputs)| (path.clone(), outputs.clone()));
        let text = self.text(&inputs.collect());
        let references: BTreeSet<&str> =
            self.input_sources.iter().chain(self.input_drvs.keys()).map(String::as_str).collect();
        let path = text_path(&format!("{name}.drv"), &text, references);
        let outputs = self.outputs.iter().map(|(name, o)| (name.clone(), o.path.clone()));
        let summary = KnownDerivation {
            modulo,
            outputs: outputs.collect(),
            inputs: self.input_drvs.keys().cloned().collect(),
            sources: self.input_sources.iter().cloned().collect(),
        };
        known.insert(path.clone(), Rc::new(summary));
        (path, self)
    }

    fn set_path(&mut self, output: &str, path: String) {
        self.environment.insert(output.to_owned(), path.clone().into_bytes());
        if let Some(output) = self.outputs.get_mut(output) {
            output.path = path;
        }
    }

    /// The inputs by the hash that stands for them.
    fn inputs_modulo(&self, known: &Known) -> BTreeMap<String, BTreeSet<String>> {
        let mut inputs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (path, outputs) in &self.input_drvs {
            for output in outputs {
                let hash = known.get(path).and_then(|known| known.modulo.get(output));
                // A derivation of another evaluation has no hash here; its
                // path stands for it and keeps the result deterministic.
                let hash = hash.unwrap_or(path).clone();
                inputs.entry(hash).or_default().insert(output.clone());
            }
        }
        inputs
    }

    /// The content of the `.drv` file, with these inputs.
    fn text(&self, inputs: &BTreeMap<String, BTreeSet<String>>) -> Vec<u8> {
        let mut out = b"Derive(".to_vec();
        list(&mut out, &self.outputs, |out, (name, output)| {
            let (algorithm, hash) = match &output.fixed {
                Some(fixed) => {
                    (format!("{}{}", fixed.how.prefix(), fixed.algorithm), hex(&fixed.hash))
                }
                None => Default::default(),
            };
            tuple(out, &[name.as_str(), &output.path, &algorithm, &hash]);
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
        list(&mut out, &self.input_sources, |out, path| string(out, path.as_bytes()));
        out.push(b',');
        string(&mut out, &self.system);
        out.push(b',');
        string(&mut out, &self.builder);
        out.push(b',');
        list(&mut out, &self.arguments, |out, argument| string(out, argument));
        out.push(b',');
        list(&mut out, &self.environment, |out, (name, value)| {
            out.push(b'(');
            string(out, name.as_bytes());
            out.push(b',');
            string(out, value);
            out.push(b')');
        });
        out.push(b')');
        out
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
    // Most texts have little to escape.
    while let Some(end) =
        rest.iter().position(|b| matches!(b, b'"' | b'\\' | b'\n' | b'\r' | b'\t'))
    {
        out.extend_from_slice(&rest[..end]);
        out.push(b'\\');
        out.push(match rest[end] {
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            byte => byte,
        });
        rest = &rest[end + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}
