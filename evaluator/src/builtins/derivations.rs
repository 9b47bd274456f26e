//! Derivations.

use std::collections::{BTreeMap, BTreeSet};

use super::Entry;
use super::json;
use crate::coerce::{Coercion, StringBuilder};
use crate::error::{Error, ErrorKind, Place, Result, When};
use crate::evaluator::Evaluator;
use crate::io::StoreObject;
use crate::memory::{Attr, Attrs, Buffer, ContextElement, Str, Value, View};
use crate::store::derivation::{Derivation, FixedHash, Output, downstream_placeholder};
use crate::store::hash::{Algorithm, Hash};
use crate::store::{self, Ingestion};

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![
        ("derivationStrict", 1, derivation_strict),
        ("placeholder", 1, |e, a| {
            let context = "while evaluating the first argument passed to builtins.placeholder";
            let output = e.demand_plain_str(a[0], context)?.to_string_lossy().into_owned();
            Ok(e.str(store::placeholder(&output)))
        }),
        ("outputOf", 2, |_, _| {
            let message =
                "'builtins.outputOf' is not supported: conex does not evaluate dynamic derivations";
            Err(Error::new(ErrorKind::Unsupported, message))
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
    name: String,
    ignore_nulls: bool,
    /// The members of `__json`, when the attributes are structured.
    structured: Option<BTreeMap<String, Vec<u8>>>,
    outputs: BTreeSet<String>,
    hash: Option<String>,
    algorithm: Option<Algorithm>,
    how: Option<Ingestion>,
    content_addressed: bool,
    impure: bool,
}

fn derivation_strict<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let arguments =
        e.demand_attrs(a[0], "while evaluating the argument passed to builtins.derivationStrict")?;
    let context = "in the attrset passed as argument to builtins.derivationStrict";
    let name = e.required_attr(arguments, e.names.name, context)?;
    let place = Place::Attribute(name.position);
    let context = "while evaluating the `name` attribute passed to builtins.derivationStrict";
    let text = e.demand_plain_str(name.value, context).map_err(|error| {
        error.context("while evaluating the derivation attribute 'name'", place)
    })?;
    let text = text.to_string_lossy().into_owned();
    build(e, arguments, &text).map_err(|error| {
        let place = e.show_position(e.definition_position(name.position));
        let message = format!(
            "while evaluating derivation '{text}'\n  whose name attribute is located at {place}"
        );
        error.demanded_at(Place::None).context(message, Place::None)
    })
}

fn build<'h>(e: &mut Evaluator<'h>, arguments: Attrs<'h>, name: &str) -> Result<Value<'h>> {
    store::check_name(name).map_err(|error| {
        let message = format!(
            "invalid derivation name: {}. Please pass a different 'name'.",
            error.message()
        );
        Error::type_error(message)
    })?;
    let outputs = BTreeSet::from(["out".to_owned()]);
    let mut special = Special { name: name.to_owned(), outputs, ..Special::default() };
    let context =
        "while evaluating the `__structuredAttrs` attribute passed to builtins.derivationStrict";
    if flag(e, arguments, "__structuredAttrs", context)? {
        special.structured = Some(BTreeMap::new());
    }
    let context =
        "while evaluating the `__ignoreNulls` attribute passed to builtins.derivationStrict";
    special.ignore_nulls = flag(e, arguments, "__ignoreNulls", context)?;

    let mut derivation = Derivation::default();
    let mut context = StringBuilder::default();
    for attr in e.by_name(e.all_attrs(arguments)?) {
        let key = e.name(attr.name).to_owned();
        attribute(e, &mut derivation, &mut special, &mut context, &key, attr.value).map_err(
            |error| {
                let at = error.data().at;
                let message = format!("while evaluating attribute '{key}' of derivation '{name}'");
                let place = Place::Attribute(attr.position);
                error.demanded_at(Place::None).frame(at, message, place, When::Few)
            },
        )?;
    }
    finish(e, derivation, &special, context)
}

const ARGUMENT: &str = "while evaluating an element of the argument list";

fn finish<'h>(
    e: &mut Evaluator<'h>,
    mut derivation: Derivation,
    special: &Special,
    context: StringBuilder<'h>,
) -> Result<Value<'h>> {
    if let Some(members) = &special.structured {
        derivation.environment.insert("__json".into(), json::object(members));
    }
    e.depend(&mut derivation, context)?;
    require(&derivation, special)?;
    set_outputs(e, &mut derivation, special)?;
    let mut finished = derivation.finish(&special.name, &mut e.derivations)?;
    if e.settings.keep_derivations {
        finished.text.shrink_to_fit();
        let inputs = &finished.derivation;
        let references = inputs.input_drvs.keys().chain(&inputs.input_sources).cloned().collect();
        let object = StoreObject::Text { content: finished.text, references };
        e.io.computed(&finished.path, object);
    }
    Ok(e.derivation_value(&finished.path, &finished.derivation))
}

fn flag<'h>(
    e: &mut Evaluator<'h>,
    set: Attrs<'h>,
    name: &str,
    context: &'static str,
) -> Result<bool> {
    let name = e.symbol(name);
    match set.get(name) {
        Some(attr) => e.demand_bool(attr.value, context),
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
        "__contentAddressed" => {
            if e.force_bool(value)? {
                special.content_addressed = true;
                e.settings.features.require("ca-derivations", None)?;
            }
            return Ok(());
        }
        "__impure" => {
            if e.force_bool(value)? {
                special.impure = true;
                e.settings.features.require("impure-derivations", None)?;
            }
            return Ok(());
        }
        "args" => {
            for argument in e.force_list(value)?.as_slice() {
                let text = coerced(e, context, *argument, ARGUMENT)?;
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
    let text = coerced(e, context, value, "")?;
    if key == "__json" {
        let text = legacy_json(e, &special.name, &text)?;
        derivation.environment.insert(key.to_owned(), text);
        return Ok(());
    }
    match key {
        "outputs" => {
            let text = String::from_utf8_lossy(&text);
            // What Nix takes for white space here.
            let words = text.split([' ', '\t', '\n', '\r']).filter(|word| !word.is_empty());
            special.outputs = output_names(words)?;
        }
        _ => plain_special(e, derivation, special, key, &text)?,
    }
    derivation.environment.insert(key.to_owned(), text);
    Ok(())
}

/// The string that an attribute becomes in the environment of the builder.
fn coerced<'h>(
    e: &mut Evaluator<'h>,
    context: &mut StringBuilder<'h>,
    value: Value<'h>,
    reason: &'static str,
) -> Result<Vec<u8>> {
    let mut text = StringBuilder::default();
    e.coerce_into(
        &mut text,
        value,
        Coercion { copy_to_store: true, ..Coercion::TO_STRING }.because(reason),
    )?;
    Ok(context.absorb(text))
}

/// `__json` given by the program itself, written as Nix writes it.
fn legacy_json<'h>(e: &mut Evaluator<'h>, name: &str, text: &[u8]) -> Result<Vec<u8>> {
    e.io.message(&format!(
        "warning: In derivation '{name}': setting structured attributes via '__json' is deprecated, and may be disallowed in future versions of Nix. Set '__structuredAttrs = true' instead."
    ));
    let failed = |why: &str| Error::type_error(format!("cannot process __json attribute: {why}"));
    let value = json::parse(e, text).map_err(|error| failed(error.message()))?;
    let mut out = StringBuilder::default();
    match value.view() {
        View::Attrs(_) => json::write(e, &mut out, value)?,
        _ => {
            let kind = match value.view() {
                View::Null => "null",
                View::Bool(_) => "boolean",
                View::Str(_) => "string",
                View::List(_) => "array",
                _ => "number",
            };
            return Err(failed(&format!(
                "[json.exception.type_error.302] type must be object, but is {kind}"
            )));
        }
    }
    Ok(out.into_bytes())
}

fn plain_special(
    e: &Evaluator<'_>,
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
        "outputHashAlgo" => {
            let name = string();
            if name == "blake3" {
                e.settings.features.require("blake3-hashes", None)?;
            }
            special.algorithm = Algorithm::parse(&name).ok();
        }
        "outputHashMode" => special.how = Some(ingestion(e, &special.name, &string())?),
        _ => {}
    }
    Ok(())
}

/// What `outputHashMode` says.
fn ingestion(e: &Evaluator<'_>, name: &str, mode: &str) -> Result<Ingestion> {
    let features = &e.settings.features;
    match mode {
        "recursive" | "nar" => Ok(Ingestion::Recursive),
        "flat" => Ok(Ingestion::Flat),
        "text" => {
            let reason = format!("text-hashed derivation '{name}', outputHashMode = \"text\"");
            features.require("dynamic-derivations", Some(reason))?;
            Ok(Ingestion::Text)
        }
        "git" => {
            features.require("git-hashing", None)?;
            Ok(Ingestion::Git)
        }
        other => {
            let message = format!("invalid value '{other}' for 'outputHashMode' attribute");
            Err(Error::type_error(message))
        }
    }
}

fn output_names<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<BTreeSet<String>> {
    let mut outputs = BTreeSet::new();
    for name in names {
        if outputs.contains(name) {
            return Err(Error::type_error(format!("duplicate derivation output '{name}'")));
        }
        if name == "drvPath" {
            return Err(Error::type_error("invalid derivation output name 'drvPath'"));
        }
        outputs.insert(name.to_owned());
    }
    if outputs.is_empty() {
        return Err(Error::type_error("derivation cannot have an empty set of outputs"));
    }
    Ok(outputs)
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
            let mut names = Vec::new();
            for output in e.force_list(value)?.as_slice() {
                names.push(e.force_str(*output)?.to_string_lossy().into_owned());
            }
            special.outputs = output_names(names.iter().map(String::as_str))?;
        }
        "builder" | "system" | "outputHash" | "outputHashAlgo" | "outputHashMode" => {
            let text = e.force_str(value)?;
            context.depend(text);
            plain_special(e, derivation, special, key, text.bytes())?;
        }
        "allowedReferences"
        | "allowedRequisites"
        | "disallowedReferences"
        | "disallowedRequisites"
        | "maxSize"
        | "maxClosureSize" => {
            let name = &special.name;
            e.io.message(&format!(
                "warning: In a derivation named '{name}', 'structuredAttrs' disables the effect of the derivation attribute '{key}'; use 'outputChecks.<output>.{key}' instead"
            ));
        }
        _ => {}
    }
    Ok(())
}

fn require(derivation: &Derivation, special: &Special) -> Result<()> {
    for (attribute, value) in [("builder", &derivation.builder), ("system", &derivation.system)] {
        if value.is_empty() {
            let message = format!("required attribute '{attribute}' missing");
            return Err(Error::type_error(message));
        }
    }
    let makes_one = special.how == Some(Ingestion::Text) && special.outputs.iter().eq(["out"]);
    if special.name.ends_with(".drv") && !makes_one {
        let message = "derivation names are allowed to end in '.drv' only if they produce a single derivation file";
        return Err(Error::type_error(message));
    }
    Ok(())
}

fn set_outputs(e: &Evaluator<'_>, derivation: &mut Derivation, special: &Special) -> Result<()> {
    let names = special.outputs.iter().cloned();
    if let Some(text) = &special.hash {
        if !special.outputs.iter().eq(["out"]) {
            let message = "multiple outputs are not supported in fixed-output derivations";
            return Err(Error::type_error(message));
        }
        let hash = Hash::parse_or_empty(text, special.algorithm, |text| e.io.message(text))?;
        let how = special.how.unwrap_or(Ingestion::Flat);
        if how == Ingestion::Git && !matches!(hash.algorithm, Algorithm::Sha1 | Algorithm::Sha256) {
            let name = hash.algorithm.name();
            return Err(Error::type_error(format!(
                "Git file ingestion must use SHA-1 or SHA-256 hash, but instead using: {name}"
            )));
        }
        if how == Ingestion::Text && hash.algorithm != Algorithm::Sha256 {
            let name = hash.algorithm.name();
            return Err(Error::type_error(format!(
                "text-hashed derivation '{}' must use a SHA-256 hash, but instead uses: {name}",
                special.name
            )));
        }
        let hash = FixedHash { how, algorithm: hash.algorithm, hash: hash.bytes };
        derivation.outputs.insert("out".into(), Output::Fixed { path: String::new(), hash });
        return Ok(());
    }
    let how = special.how.unwrap_or(Ingestion::Recursive);
    let algorithm = special.algorithm.unwrap_or(Algorithm::Sha256);
    let kind = match (special.content_addressed, special.impure) {
        (true, true) => {
            let message = "derivation cannot be both content-addressed and impure";
            return Err(Error::type_error(message));
        }
        (true, false) => Output::Floating { how, algorithm },
        (false, true) => Output::Impure { how, algorithm },
        (false, false) => Output::unknown(),
    };
    derivation.outputs = names.map(|name| (name, kind.clone())).collect();
    Ok(())
}

impl<'h> Evaluator<'h> {
    /// Makes what the strings of a derivation refer to its inputs.
    fn depend(&mut self, derivation: &mut Derivation, context: StringBuilder<'h>) -> Result<()> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        for element in context.context() {
            match element {
                ContextElement::Opaque(path) => {
                    derivation.input_sources.insert(text(path));
                }
                ContextElement::Built { drv, output } => {
                    let drv = text(drv);
                    self.known_derivation(&drv)?;
                    derivation.input_drvs.entry(drv).or_default().insert(text(output));
                }
                ContextElement::DrvDeep(drv) => self.depend_deep(derivation, &text(drv))?,
            }
        }
        Ok(())
    }

    /// A derivation with everything it is built from, outputs included.
    fn depend_deep(&mut self, derivation: &mut Derivation, path: &str) -> Result<()> {
        let (mut open, mut seen) = (vec![path.to_owned()], BTreeSet::new());
        while let Some(path) = open.pop() {
            if !seen.insert(path.clone()) {
                continue;
            }
            derivation.input_sources.insert(path.clone());
            if !path.ends_with(".drv") {
                open.extend(self.references.get(&path).into_iter().flatten().cloned());
                continue;
            }
            let known = self.known_derivation(&path)?;
            let outputs = derivation.input_drvs.entry(path).or_default();
            outputs.extend(known.outputs.iter().cloned());
            open.extend(known.sources.iter().chain(&known.inputs).cloned());
        }
        Ok(())
    }

    pub(crate) fn derivation_value(&mut self, path: &str, derivation: &Derivation) -> Value<'h> {
        let heap = self.heap;
        let drv = heap.intern(path.as_bytes());
        let deep = heap.context(&[ContextElement::DrvDeep(drv)]);
        let mut attrs = Buffer::with_capacity(heap, derivation.outputs.len() + 1);
        let value = Str::of(heap, drv, Some(deep)).into();
        attrs.push(Attr { name: self.names.drv_path, position: 0, value });
        for (name, output) in &derivation.outputs {
            let element = ContextElement::Built { drv, output: heap.intern(name.as_bytes()) };
            let context = heap.context(&[element]);
            let text = match output.path() {
                Some(path) => path.to_owned(),
                None => downstream_placeholder(path, name),
            };
            let value = Str::new(heap, text.as_bytes(), Some(context)).into();
            attrs.push(Attr { name: self.symbol(name), position: 0, value });
        }
        Attrs::from_unsorted(heap, &mut attrs).into()
    }
}
