//! Derivations, and the store paths that follow from them.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use super::aterm::{self, Inputs};
use super::hash::Algorithm;
use super::{Ingestion, fixed_output_path, hex, store_path, text_path};
use crate::error::Result;

/// A derivation, as its `.drv` file has it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Derivation {
    pub(crate) outputs: BTreeMap<String, Output>,
    /// Store paths of derivations and which outputs of them are needed.
    pub(crate) input_drvs: Inputs,
    /// Store paths that are needed as they are.
    pub(crate) input_sources: BTreeSet<String>,
    pub(crate) system: Vec<u8>,
    pub(crate) builder: Vec<u8>,
    pub(crate) arguments: Vec<Vec<u8>>,
    pub(crate) environment: BTreeMap<String, Vec<u8>>,
}

/// An output of a derivation, by what its path follows from.
#[derive(Debug, Clone)]
pub(crate) enum Output {
    /// From what it is built from. The path is empty as long as one of the
    /// inputs has none before it is built.
    Input { path: String },
    /// From the hash that it must have.
    Fixed { path: String, hash: FixedHash },
    /// From what the build makes.
    Floating { how: Ingestion, algorithm: Algorithm },
    /// From what each single build makes.
    Impure { how: Ingestion, algorithm: Algorithm },
}

impl Output {
    /// An output whose path is still to be computed.
    pub(crate) fn unknown() -> Self {
        Self::Input { path: String::new() }
    }

    /// The path, if it is known before the build.
    pub(crate) fn path(&self) -> Option<&str> {
        match self {
            Self::Input { path } | Self::Fixed { path, .. } if !path.is_empty() => Some(path),
            _ => None,
        }
    }
}

/// The hash that the content of an output must have.
#[derive(Debug, Clone)]
pub(crate) struct FixedHash {
    pub(crate) how: Ingestion,
    pub(crate) algorithm: Algorithm,
    pub(crate) hash: Vec<u8>,
}

/// What is remembered of the derivations of an evaluation, by `.drv` path.
pub(crate) type Known = FxHashMap<String, Rc<KnownDerivation>>;

/// What other derivations and closures need to know of one.
#[derive(Debug)]
pub(crate) struct KnownDerivation {
    modulo: Modulo,
    pub(crate) outputs: Vec<String>,
    pub(crate) inputs: Vec<String>,
    pub(crate) sources: Vec<String>,
}

/// What stands for a derivation in the hash of those that need it.
#[derive(Debug)]
enum Modulo {
    /// Its own hash, in hexadecimal digits.
    Itself(String),
    /// The hash of the one output, as it matters only what it contains.
    Fixed(String),
    /// Nothing, before it is built.
    AfterBuild,
}

/// A derivation with everything that follows from it.
pub(crate) struct Finished {
    pub(crate) path: String,
    /// The content of the `.drv` file.
    pub(crate) text: Vec<u8>,
    pub(crate) derivation: Derivation,
}

impl KnownDerivation {
    /// The hash that stands for it in those that need it, in hexadecimal digits.
    pub(crate) fn hash(&self) -> Option<&str> {
        match &self.modulo {
            Modulo::Itself(hash) => Some(hash),
            Modulo::Fixed(_) | Modulo::AfterBuild => None,
        }
    }

    /// One of which only its hash is known; it has one output.
    pub(crate) fn of_hash(hash: &str) -> Self {
        Self {
            modulo: Modulo::Itself(hash.to_owned()),
            outputs: vec!["out".to_owned()],
            inputs: Vec::new(),
            sources: Vec::new(),
        }
    }
}

impl Derivation {
    /// Fills in the output paths. All inputs must be in `known`.
    pub(crate) fn finish(mut self, name: &str, known: &mut Known) -> Result<Finished> {
        let inputs = self.inputs_modulo(known);
        self.set_output_paths(name, inputs.as_ref())?;
        let text = aterm::write(&self, &self.input_drvs);
        let references: BTreeSet<&str> =
            self.input_sources.iter().chain(self.input_drvs.keys()).map(String::as_str).collect();
        let file = format!("{name}.drv");
        let path = text_path(&file, &text, references);
        super::check_path_name(&path, &file)?;
        if !known.contains_key(&path) {
            let summary = self.summarise(inputs.as_ref());
            known.insert(path.clone(), Rc::new(summary));
        }
        Ok(Finished { path, text, derivation: self })
    }

    /// What to remember of it.
    pub(crate) fn summary(&self, known: &Known) -> KnownDerivation {
        self.summarise(self.inputs_modulo(known).as_ref())
    }

    fn summarise(&self, inputs: Option<&Inputs>) -> KnownDerivation {
        KnownDerivation {
            modulo: self.modulo(inputs),
            outputs: self.outputs.keys().cloned().collect(),
            inputs: self.input_drvs.keys().cloned().collect(),
            sources: self.input_sources.iter().cloned().collect(),
        }
    }

    /// What stands for it, given what stands for its inputs.
    fn modulo(&self, inputs: Option<&Inputs>) -> Modulo {
        if let [(_, Output::Fixed { path, hash })] = self.outputs.iter().collect::<Vec<_>>()[..] {
            let algorithm = hash.algorithm.name();
            let (how, hash) = (hash.how.prefix(), hex(&hash.hash));
            let text = format!("fixed:out:{how}{algorithm}:{hash}:{path}");
            return Modulo::Fixed(hex(&Sha256::digest(text)));
        }
        let known_now = self.outputs.values().all(|output| output.path().is_some());
        match inputs {
            Some(inputs) if known_now => {
                Modulo::Itself(hex(&Sha256::digest(aterm::write(self, inputs))))
            }
            _ => Modulo::AfterBuild,
        }
    }

    fn set_output_paths(&mut self, name: &str, inputs: Option<&Inputs>) -> Result<()> {
        let by_input = self.outputs.values().any(|output| matches!(output, Output::Input { .. }));
        let mut hash = None;
        if by_input {
            // The paths are hashed as empty, and the inputs by what they
            // stand for: so the hash changes only with what is built.
            for output in self.outputs.keys() {
                self.environment.insert(output.clone(), Vec::new());
            }
            hash = inputs.map(|inputs| Sha256::digest(aterm::write(self, inputs)).into());
        }
        for (output, kind) in &mut self.outputs {
            let value = match kind {
                Output::Input { path } => {
                    if let Some(hash) = &hash {
                        *path = input_path(name, output, hash)?;
                    }
                    path.clone()
                }
                Output::Fixed { path, hash } => {
                    *path = fixed_output_path(name, hash.how, hash.algorithm, &hash.hash);
                    path.clone()
                }
                Output::Floating { .. } | Output::Impure { .. } => super::placeholder(output),
            };
            self.environment.insert(output.clone(), value.into_bytes());
        }
        Ok(())
    }

    /// The inputs by the hash that stands for them; `None` when one has none
    /// before it is built.
    fn inputs_modulo(&self, known: &Known) -> Option<Inputs> {
        let mut inputs = Inputs::new();
        for (path, outputs) in &self.input_drvs {
            match &known.get(path)?.modulo {
                Modulo::Itself(hash) => {
                    inputs.entry(hash.clone()).or_default().extend(outputs.iter().cloned());
                }
                Modulo::Fixed(hash) => {
                    inputs.entry(hash.clone()).or_default().insert("out".into());
                }
                Modulo::AfterBuild => return None,
            }
        }
        Some(inputs)
    }
}

/// The path of an output that follows from the hash of its derivation.
fn input_path(name: &str, output: &str, hash: &[u8; 32]) -> Result<String> {
    let name = output_name(name, output);
    let path = store_path(&format!("output:{output}"), hash, &name);
    super::check_path_name(&path, &name)?;
    Ok(path)
}

/// The name of the store object of an output.
pub(crate) fn output_name(name: &str, output: &str) -> String {
    if output == "out" { name.to_owned() } else { format!("{name}-{output}") }
}

/// Stands for the path of an output that is known only after a build, in
/// strings that depend on it. `drv` is the path of the derivation.
pub(crate) fn downstream_placeholder(drv: &str, output: &str) -> String {
    let base = drv.rsplit('/').next().unwrap_or(drv);
    let (hash, name) = base.split_once('-').unwrap_or((base, ""));
    let name = output_name(name.strip_suffix(".drv").unwrap_or(name), output);
    let hash = Sha256::digest(format!("nix-upstream-output:{hash}:{name}"));
    format!("/{}", super::path::base32(&hash))
}
