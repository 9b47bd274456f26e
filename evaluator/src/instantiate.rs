//! Between an evaluation and a store: derivations that other evaluations
//! made, and files that must be built before they can be read.

use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

use crate::coerce::{Coercion, StringBuilder};
use crate::error::{Error, ErrorKind, Result};
use crate::evaluator::Evaluator;
use crate::io::{BuiltOutput, FileKind, NixError};
use crate::memory::{Buffer, ContextElement, List, Value};
use crate::store::aterm;
use crate::store::derivation::{Derivation, KnownDerivation, downstream_placeholder};

impl<'h> Evaluator<'h> {
    /// Whether a store object is there. Stores are read like all else.
    pub(crate) fn is_valid(&self, path: &str) -> bool {
        self.io.kind(Path::new(path)).is_ok()
    }

    /// What is known of a derivation; one of another evaluation is read from
    /// the store.
    pub(crate) fn known_derivation(&mut self, path: &str) -> Result<Rc<KnownDerivation>> {
        if let Some(known) = self.derivations.get(path) {
            return Ok(known.clone());
        }
        // Inputs first. What is open waits for the inputs behind it.
        let (mut open, mut seen) = (vec![path.to_owned()], BTreeSet::new());
        while let Some(path) = open.pop() {
            if self.derivations.contains_key(&path) {
                continue;
            }
            let derivation = self.read_derivation(&path)?;
            let inputs = derivation.input_drvs.keys();
            let missing: Vec<String> =
                inputs.filter(|input| !self.derivations.contains_key(*input)).cloned().collect();
            if missing.is_empty() {
                let summary = Rc::new(derivation.summary(&self.derivations));
                self.derivations.insert(path, summary);
            } else if !seen.insert(path.clone()) {
                return Err(Error::type_error(format!("derivation '{path}' depends on itself")));
            } else {
                open.push(path);
                open.extend(missing);
            }
        }
        self.derivations.get(path).cloned().ok_or_else(|| invalid(path))
    }

    /// The derivation in a `.drv` file of the store.
    pub(crate) fn read_derivation(&self, path: &str) -> Result<Derivation> {
        let text = self.io.read(Path::new(path)).map_err(|_| {
            Error::new(ErrorKind::File, format!("derivation '{path}' is not valid"))
        })?;
        aterm::read(&text).ok_or_else(|| {
            Error::new(ErrorKind::File, format!("error parsing derivation '{path}'"))
        })
    }

    /// The value of an imported `.drv` file of the store: a derivation like
    /// that of the program that made it, as far as the file tells.
    pub(crate) fn import_derivation(&mut self, path: &str) -> Result<Value<'h>> {
        let derivation = self.read_derivation(path)?;
        self.known_derivation(path)?;
        let strict = self.derivation_value(path, &derivation);
        let names: Buffer<'h, Value<'h>> = {
            let mut names = Buffer::new(self.heap);
            names.extend(derivation.outputs.keys().map(|name| self.str(name)));
            names
        };
        let outputs = List::new(self.heap, &names).into();
        let name = derivation.environment.get("name").cloned().unwrap_or_default();
        let name = self.str(name);
        let builtins = self.symbols.intern("builtins");
        let map = self.symbols.intern("map");
        let globals = [builtins, map].map(|name| self.globals.get(name).unwrap_or(Value::NULL));
        let scope = [
            ("strict", strict),
            ("outputs", outputs),
            ("name", name),
            ("builtins", globals[0]),
            ("map", globals[1]),
        ];
        self.eval_internal("«imported-drv»", IMPORTED, &scope)
    }

    /// An absolute path from a path or a string, of something that is read:
    /// what it depends on is built first.
    pub(crate) fn realise_path(&mut self, value: Value<'h>) -> Result<String> {
        self.realise_path_for(value, "while realising the context of a path")
    }

    /// The same, for what `context` says.
    pub(crate) fn realise_path_for(
        &mut self,
        value: Value<'h>,
        context: &'static str,
    ) -> Result<String> {
        let mut string = StringBuilder::default();
        let value = self.force(value).map_err(|error| error.demand(context))?;
        self.coerce_into(&mut string, value, Coercion::PLAIN.because(context))?;
        let replaced = self.realise(string.context())?;
        let mut text = String::from_utf8_lossy(&string.into_bytes()).into_owned();
        if !text.starts_with('/') {
            let message = format!("string '{text}' doesn't represent an absolute path");
            return Err(Error::type_error(message).demand(context));
        }
        for (placeholder, path) in replaced {
            text = text.replace(&placeholder, &path);
        }
        Ok(crate::path::canonical(&text))
    }

    /// A path with all its links followed; what is missing stays as it is.
    pub(crate) fn resolve_links(&self, path: &str) -> String {
        let mut left: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
        let (mut done, mut links) = (String::new(), 0);
        while let Some(part) = left.pop() {
            if part.is_empty() || part == "." {
                continue;
            }
            let next = crate::path::canonical(&format!("{done}/{part}"));
            let target = match self.io.kind(Path::new(&next)) {
                Ok(FileKind::Symlink) => self.io.read_link(Path::new(&next)).ok(),
                _ => None,
            };
            match target {
                // As many as Nix follows.
                Some(target) if links < 1024 => {
                    links += 1;
                    if target.is_absolute() {
                        done.clear();
                    }
                    left.extend(target.to_string_lossy().split('/').rev().map(str::to_owned));
                }
                _ => done = next,
            }
        }
        if done.is_empty() { "/".into() } else { done }
    }

    /// Makes what a string depends on real. Gives what stood for the paths of
    /// outputs, with those paths.
    pub(crate) fn realise(&self, context: &[ContextElement<'h>]) -> Result<Vec<(String, String)>> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut wanted = Vec::new();
        for element in context {
            match element {
                ContextElement::Opaque(path) | ContextElement::DrvDeep(path) => {
                    let path = text(path);
                    if !self.is_valid(&path) {
                        return Err(invalid(&path));
                    }
                }
                ContextElement::Built { drv, output } => {
                    wanted.push(BuiltOutput { derivation: text(drv), output: text(output) });
                }
            }
        }
        self.build(&wanted)
    }

    fn build(&self, wanted: &[BuiltOutput]) -> Result<Vec<(String, String)>> {
        let Some(first) = wanted.first() else { return Ok(Vec::new()) };
        let failed = |message: String| Err(Error::new(ErrorKind::Unsupported, message));
        if !self.settings.import_from_derivation {
            return failed(format!(
                "cannot build '{}^{}' during evaluation because the option 'allow-import-from-derivation' is disabled",
                first.derivation, first.output
            ));
        }
        let paths = match self.io.build(wanted) {
            Ok(paths) => paths,
            Err(NixError::Failed(message)) => return failed(message),
            Err(NixError::Missing(why)) => {
                return failed(format!(
                    "cannot build '{}^{}' during evaluation: that takes an installed Nix ({why})",
                    first.derivation, first.output
                ));
            }
        };
        let placeholder =
            |output: &BuiltOutput| downstream_placeholder(&output.derivation, &output.output);
        Ok(wanted.iter().map(placeholder).zip(paths).collect())
    }
}

/// The sets that an imported derivation is, one for each output.
const IMPORTED: &str = r#"
let
  every = map (output: {
    name = output;
    value = shared // {
      outPath = strict.${output};
      outputName = output;
    };
  }) outputs;
  shared = builtins.listToAttrs every // {
    inherit name;
    inherit (strict) drvPath;
    all = map (output: output.value) every;
    type = "derivation";
  };
in
(builtins.head every).value
"#;

/// What Nix says of a store path that is not there.
fn invalid(path: &str) -> Error {
    let base = path.rsplit('/').next().unwrap_or(path);
    Error::new(ErrorKind::File, format!("path '{base}' is not valid"))
}
