//! Derivations and what else makes store paths.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::Entry;
use super::json;
use crate::coerce::{Coercion, StringBuilder};
use crate::error::{Error, ErrorKind, Result};
use crate::evaluator::Evaluator;
use crate::io::FileKind;
use crate::memory::{Attr, Attrs, Buffer, ContextElement, Str, Value, View};
use crate::store::derivation::{Derivation, FixedHash, Output};
use crate::store::hash::{Algorithm, Hash};
use crate::store::{self, Ingestion};

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![
        ("derivationStrict", 1, derivation_strict),
        ("placeholder", 1, |e, a| {
            let output = e.force_str(a[0])?.to_string_lossy().into_owned();
            Ok(e.str(store::placeholder(&output)))
        }),
        ("toFile", 2, to_file),
        ("path", 1, path),
        ("filterSource", 2, |e, a| {
            let file = e.coerce_to_path(a[1])?;
            let name = base_name(&file);
            e.add_to_store(&name, &file, Ingestion::Recursive, Some(a[0]), None)
        }),
    ]
}

/// `derivation`: what `derivationStrict` makes, as one set for each output.
pub(super) const DERIVATION: &str = r#"
arguments@{ outputs ? [ "out" ], ... }:
let
  strict = derivationStrict arguments;
  shared = arguments // builtins.listToAttrs every // {
    all = map (output: output.value) every;
    drvAttrs = arguments;
  };
  every = map (name: {
    inherit name;
    value = shared // {
      outPath = strict.${name};
      inherit (strict) drvPath;
      type = "derivation";
      outputName = name;
    };
  }) outputs;
in
(builtins.head every).value
"#;

/// The attributes with a meaning of their own, gathered.
#[derive(Default)]
struct Special {
    ignore_nulls: bool,
    /// The members of `__json`, when the attributes are structured.
    structured: Option<BTreeMap<String, Vec<u8>>>,
    outputs: Vec<String>,
    hash: Option<String>,
    algorithm: Option<Algorithm>,
    how: Option<Ingestion>,
}

fn derivation_strict<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let arguments = e.force_attrs(a[0])?;
    let name = e.required(
        arguments,
        e.names.name,
        "in the attrset passed as argument to builtins.derivationStrict",
    )?;
    let name = e.force_str(name)?.to_string_lossy().into_owned();
    store::check_name(&name).map_err(|error| {
        let message = format!(
            "invalid derivation name: {}. Please pass a different 'name'.",
            error.message()
        );
        Error::type_error(message)
    })?;
    let mut special = Special { outputs: vec!["out".into()], ..Special::default() };
    if flag(e, arguments, "__structuredAttrs")? {
        special.structured = Some(BTreeMap::new());
    }
    special.ignore_nulls = flag(e, arguments, "__ignoreNulls")?;

    let mut derivation = Derivation::default();
    let mut context = StringBuilder::default();
    for attr in e.by_name(e.all_attrs(arguments)?) {
        let key = e.name(attr.name).to_owned();
        attribute(e, &mut derivation, &mut special, &mut context, &key, attr.value).map_err(
            |error| {
                let at = error.data().at;
                error.while_(at, || {
                    format!("while evaluating attribute '{key}' of derivation '{name}'")
                })
            },
        )?;
    }
    if let Some(members) = &special.structured {
        derivation.environment.insert("__json".into(), json::object(members));
    }
    e.depend(&mut derivation, context)?;
    require(&derivation, &name)?;
    set_outputs(&mut derivation, &special)?;
    let (path, derivation) = derivation.finish(&name, &mut e.derivations);
    Ok(e.derivation_value(&path, &derivation))
}

fn flag<'h>(e: &mut Evaluator<'h>, set: Attrs<'h>, name: &str) -> Result<bool> {
    let name = e.symbol(name);
    match set.get(name) {
        Some(attr) => e.force_bool(attr.value),
        None => Ok(false),
    }
}

/// Takes one attribute of the argument into the derivation.
fn attribute<'h>(
    e: &mut Evaluator<'h>,
    derivation: &mut Derivation,
    special: &mut Special,
    context: &mut StringBuilder<'h>,
    key: &str,
    value: Value<'h>,
) -> Result<()> {
    if key == "__ignoreNulls" || (key == "__structuredAttrs" && special.structured.is_some()) {
        return Ok(());
    }
    if special.ignore_nulls && matches!(e.force(value)?.view(), View::Null) {
        return Ok(());
    }
    match key {
        "__contentAddressed" | "__impure" if e.force_bool(value)? => {
            let feature = if key == "__impure" { "impure-derivations" } else { "ca-derivations" };
            let message = format!(
                "experimental Nix feature '{feature}' is disabled; add '--extra-experimental-features {feature}' to enable it"
            );
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        "__contentAddressed" | "__impure" => return Ok(()),
        "args" => {
            for argument in e.force_list(value)?.as_slice() {
                let text = coerced(e, context, *argument)?;
                derivation.arguments.push(text);
            }
            return Ok(());
        }
        _ => {}
    }
    if let Some(members) = &mut special.structured {
        let mut text = StringBuilder::default();
        json::write(e, &mut text, value)?;
        let text = context.absorb(text);
        members.insert(key.to_owned(), text);
        return structured_special(e, derivation, special, context, key, value);
    }
    let text = coerced(e, context, value)?;
    let words = || String::from_utf8_lossy(&text).split_whitespace().map(str::to_owned).collect();
    match key {
        "outputs" => special.outputs = words(),
        _ => plain_special(derivation, special, key, &text)?,
    }
    derivation.environment.insert(key.to_owned(), text);
    Ok(())
}

/// The string that an attribute becomes in the environment of the builder.
fn coerced<'h>(
    e: &mut Evaluator<'h>,
    context: &mut StringBuilder<'h>,
    value: Value<'h>,
) -> Result<Vec<u8>> {
    let mut text = StringBuilder::default();
    e.coerce_into(
        &mut text,
        value,
        Coercion { copy_to_store: true, ..Coercion::TO_STRING }.because(""),
    )?;
    Ok(context.absorb(text))
}

fn plain_special(
    derivation: &mut Derivation,
    special: &mut Special,
    key: &str,
    text: &[u8],
) -> Result<()> {
    let string = || String::from_utf8_lossy(text).into_owned();
    match key {
        "builder" => derivation.builder = text.to_vec(),
        "system" => derivation.system = text.to_vec(),
        "outputHash" => special.hash = Some(string()),
        "outputHashAlgo" => special.algorithm = Algorithm::parse(&string()).ok(),
        "outputHashMode" => {
            special.how = Some(match string().as_str() {
                "recursive" | "nar" => Ingestion::Recursive,
                "flat" => Ingestion::Flat,
                other => {
                    let message = format!("invalid value '{other}' for 'outputHashMode' attribute");
                    return Err(Error::type_error(message));
                }
            });
        }
        _ => {}
    }
    Ok(())
}

/// With structured attributes nothing is turned into a string on the way.
fn structured_special<'h>(
    e: &mut Evaluator<'h>,
    derivation: &mut Derivation,
    special: &mut Special,
    context: &mut StringBuilder<'h>,
    key: &str,
    value: Value<'h>,
) -> Result<()> {
    match key {
        "outputs" => {
            special.outputs.clear();
            for output in e.force_list(value)?.as_slice() {
                special.outputs.push(e.force_str(*output)?.to_string_lossy().into_owned());
            }
            Ok(())
        }
        "builder" | "system" | "outputHash" | "outputHashAlgo" | "outputHashMode" => {
            let text = e.force_str(value)?;
            context.depend(text);
            plain_special(derivation, special, key, text.bytes())
        }
        _ => Ok(()),
    }
}

fn require(derivation: &Derivation, name: &str) -> Result<()> {
    for (attribute, value) in [("builder", &derivation.builder), ("system", &derivation.system)] {
        if value.is_empty() {
            let message = format!("required attribute '{attribute}' missing");
            return Err(Error::type_error(message));
        }
    }
    if name.ends_with(".drv") {
        let message = "derivation names are allowed to end in '.drv' only if they produce a single derivation file";
        return Err(Error::type_error(message));
    }
    Ok(())
}

fn set_outputs(derivation: &mut Derivation, special: &Special) -> Result<()> {
    let mut names = BTreeSet::new();
    for output in &special.outputs {
        if output == "drvPath" {
            return Err(Error::type_error("invalid derivation output name 'drvPath'"));
        }
        if !names.insert(output.clone()) {
            return Err(Error::type_error(format!("duplicate derivation output '{output}'")));
        }
    }
    if names.is_empty() {
        return Err(Error::type_error("derivation cannot have an empty set of outputs"));
    }
    let Some(text) = &special.hash else {
        derivation.outputs = names.into_iter().map(|name| (name, Output::default())).collect();
        return Ok(());
    };
    if names.len() != 1 || !names.contains("out") {
        let message = "multiple outputs are not supported in fixed-output derivations";
        return Err(Error::type_error(message));
    }
    // An empty hash asks for the real one to be told by the failed build.
    let hash = match (text.as_str(), special.algorithm) {
        ("", algorithm) => {
            let algorithm = algorithm.unwrap_or(Algorithm::Sha256);
            Hash { algorithm, bytes: vec![0; algorithm.size()] }
        }
        (text, algorithm) => Hash::parse(text, algorithm)?,
    };
    let how = special.how.unwrap_or(Ingestion::Flat);
    let fixed = FixedHash { how, algorithm: hash.algorithm.name(), hash: hash.bytes };
    derivation.outputs.insert("out".into(), Output { path: String::new(), fixed: Some(fixed) });
    Ok(())
}

impl<'h> Evaluator<'h> {
    /// Makes what the strings of a derivation refer to its inputs.
    fn depend(&self, derivation: &mut Derivation, context: StringBuilder<'h>) -> Result<()> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        for element in context.context() {
            match element {
                ContextElement::Opaque(path) => {
                    derivation.input_sources.insert(text(path));
                }
                ContextElement::Built { drv, output } => {
                    derivation.input_drvs.entry(text(drv)).or_default().insert(text(output));
                }
                ContextElement::DrvDeep(drv) => self.depend_deep(derivation, &text(drv)),
            }
        }
        Ok(())
    }

    /// A derivation with everything it is built from, outputs included.
    fn depend_deep(&self, derivation: &mut Derivation, path: &str) {
        let mut open = vec![path.to_owned()];
        while let Some(path) = open.pop() {
            if !derivation.input_sources.insert(path.clone()) {
                continue;
            }
            let Some(known) = self.derivations.get(&path) else { continue };
            derivation.input_sources.extend(known.sources.iter().cloned());
            derivation.input_drvs.insert(path, known.outputs.keys().cloned().collect());
            open.extend(known.inputs.iter().cloned());
        }
    }

    fn derivation_value(&mut self, path: &str, derivation: &Derivation) -> Value<'h> {
        let heap = self.heap;
        let drv = heap.intern(path.as_bytes());
        let deep = heap.context(&[ContextElement::DrvDeep(drv)]);
        let mut attrs = Buffer::with_capacity(heap, derivation.outputs.len() + 1);
        let value = Str::of(heap, drv, Some(deep)).into();
        attrs.push(Attr { name: self.names.drv_path, position: 0, value });
        for (name, output) in &derivation.outputs {
            let element = ContextElement::Built { drv, output: heap.intern(name.as_bytes()) };
            let context = heap.context(&[element]);
            let value = Str::new(heap, output.path.as_bytes(), Some(context)).into();
            attrs.push(Attr { name: self.symbol(name), position: 0, value });
        }
        Attrs::from_unsorted(heap, &mut attrs).into()
    }

    /// The store path that a file or a directory has as a source.
    pub(crate) fn add_to_store(
        &mut self,
        name: &str,
        path: &str,
        how: Ingestion,
        filter: Option<Value<'h>>,
        expected: Option<Hash>,
    ) -> Result<Value<'h>> {
        store::check_name(name)?;
        let (algorithm, hash) = match expected {
            Some(hash) => (hash.algorithm.name(), hash.bytes),
            None => ("sha256", self.hash_source(Path::new(path), how, filter)?.to_vec()),
        };
        let path = store::fixed_output_path(name, how, algorithm, &hash);
        let path = self.heap.intern(path.as_bytes());
        let context = self.heap.context(&[ContextElement::Opaque(path)]);
        Ok(Str::of(self.heap, path, Some(context)).into())
    }

    fn hash_source(
        &mut self,
        file: &Path,
        how: Ingestion,
        filter: Option<Value<'h>>,
    ) -> Result<[u8; 32]> {
        if how == Ingestion::Flat {
            use sha2::Digest;
            let bytes = self.read(&file.to_string_lossy())?;
            return Ok(sha2::Sha256::digest(bytes).into());
        }
        let io = self.io;
        match filter {
            None => {
                if let Some(hash) = self.archives.get(file) {
                    return Ok(*hash);
                }
                let hash = store::nar::hash(io, file, &mut |_, _| Ok(true))?;
                self.archives.insert(file.to_owned(), hash);
                Ok(hash)
            }
            Some(filter) => store::nar::hash(io, file, &mut |path: &Path, kind: FileKind| {
                let path = self.str(path.to_string_lossy().as_bytes());
                let kind = self.str(kind.name());
                let keep = self.call(filter, &[path, kind])?;
                self.force_bool(keep)
            }),
        }
    }

    /// The store path of the copy of a path; one in the store is its own.
    pub(crate) fn copied_path(&mut self, path: &str) -> Result<Value<'h>> {
        if let Some(object) = store::in_store(path) {
            let context = self.heap.intern(object.as_bytes());
            let context = self.heap.context(&[ContextElement::Opaque(context)]);
            return Ok(Str::new(self.heap, path.as_bytes(), Some(context)).into());
        }
        self.add_to_store(&base_name(path), path, Ingestion::Recursive, None, None)
    }
}

fn base_name(path: &str) -> String {
    String::from_utf8_lossy(crate::path::base_name(path.as_bytes())).into_owned()
}

/// A text in the store. It may refer to store paths but not to what is still
/// to be built.
fn to_file<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let name = e.force_str(a[0])?.to_string_lossy().into_owned();
    store::check_name(&name)?;
    let content = e.force_str(a[1])?;
    let mut references = BTreeSet::new();
    for element in content.context().unwrap_or_default() {
        match element {
            ContextElement::Opaque(path) => {
                references.insert(String::from_utf8_lossy(path).into_owned());
            }
            _ => {
                let message = format!(
                    "files created by builtins.toFile may not reference derivations, but {name} references one"
                );
                return Err(Error::type_error(message));
            }
        }
    }
    let path = store::text_path(&name, content.bytes(), references.iter().map(String::as_str));
    let path = e.heap.intern(path.as_bytes());
    let context = e.heap.context(&[ContextElement::Opaque(path)]);
    Ok(Str::of(e.heap, path, Some(context)).into())
}

/// `builtins.path { path; name; filter; recursive; sha256; }`
fn path<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let arguments = e.force_attrs(a[0])?;
    let (mut file, mut name, mut filter) = (None, None, None);
    let (mut how, mut hash) = (Ingestion::Recursive, None);
    for attr in e.all_attrs(arguments)? {
        match e.name(attr.name).to_owned().as_str() {
            "path" => file = Some(e.coerce_to_path(attr.value)?),
            "name" => name = Some(e.force_str(attr.value)?.to_string_lossy().into_owned()),
            "filter" => filter = Some(attr.value),
            "recursive" if !e.force_bool(attr.value)? => how = Ingestion::Flat,
            "recursive" => {}
            "sha256" => {
                let text = e.force_str(attr.value)?.to_string_lossy().into_owned();
                hash = Some(Hash::parse(&text, Some(Algorithm::Sha256))?);
            }
            other => {
                let message = format!("unsupported argument '{other}' to 'builtins.path'");
                return Err(Error::type_error(message));
            }
        }
    }
    let Some(file) = file else {
        let message = "missing required 'path' attribute in the first argument to 'builtins.path'";
        return Err(Error::type_error(message));
    };
    let name = name.unwrap_or_else(|| base_name(&file));
    e.add_to_store(&name, &file, how, filter, hash)
}
