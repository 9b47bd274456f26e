//! The derivations that a value holds, as `nix-instantiate` finds them.

use std::collections::HashSet;

use conex_evaluator::{Attrs, Buffer, Error, ErrorKind, Evaluator, Value, View};

/// A derivation that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The store path of the `.drv` file.
    pub(crate) derivation: String,
    /// Which output is meant.
    pub(crate) output: String,
}

/// A derivation, or those in a set or a list; sets inside of sets only if
/// they say `recurseForDerivations`.
pub(crate) fn find<'h>(
    evaluator: &mut Evaluator<'h>,
    value: Value<'h>,
    arguments: Attrs<'h>,
) -> Result<Vec<Found>, Error> {
    let kept = Buffer::new(evaluator.heap());
    let mut search = Search { arguments, found: Vec::new(), seen: HashSet::new(), kept };
    search.all(evaluator, value)?;
    Ok(search.found)
}

struct Search<'h> {
    arguments: Attrs<'h>,
    found: Vec<Found>,
    /// The sets that were found, by address: each counts once.
    seen: HashSet<usize>,
    /// The same sets, so that nothing else gets their addresses.
    kept: Buffer<'h, Value<'h>>,
}

impl<'h> Search<'h> {
    fn all(&mut self, evaluator: &mut Evaluator<'h>, value: Value<'h>) -> Result<(), Error> {
        let value = evaluator.auto_call(value, self.arguments)?;
        if self.one(evaluator, value)? {
            return Ok(());
        }
        match value.view() {
            View::Attrs(set) => self.members(evaluator, set),
            View::List(list) => {
                for element in list.as_slice() {
                    let element = evaluator.force(*element)?;
                    if !self.one(evaluator, element)? {
                        self.all(evaluator, element)?;
                    }
                }
                Ok(())
            }
            _ => {
                let message =
                    "expression does not evaluate to a derivation (or a set or list of those)";
                Err(Error::new(ErrorKind::Type, message))
            }
        }
    }

    fn members(&mut self, evaluator: &mut Evaluator<'h>, set: Attrs<'h>) -> Result<(), Error> {
        let recurse = evaluator.symbol("recurseForDerivations");
        let all = evaluator.all_attrs(set)?;
        let mut names: Vec<_> =
            all.iter().map(|attr| (evaluator.name(attr.name).to_owned(), attr.name)).collect();
        names.sort_unstable();
        for (name, symbol) in names {
            let Some(attr) = set.get(symbol).filter(|_| is_plain(&name)) else { continue };
            let value = evaluator.force(attr.value)?;
            if self.one(evaluator, value)? {
                continue;
            }
            if let View::Attrs(inner) = value.view()
                && let Some(attr) = evaluator.attr(inner, recurse)?
                && evaluator.force_bool(attr.value)?
            {
                self.all(evaluator, value)?;
            }
        }
        Ok(())
    }

    /// Takes a derivation; false when the value is none.
    fn one(&mut self, evaluator: &mut Evaluator<'h>, value: Value<'h>) -> Result<bool, Error> {
        let View::Attrs(set) = value.view() else { return Ok(false) };
        if !evaluator.is_derivation(set)? {
            return Ok(false);
        }
        if self.seen.insert(value.address()) {
            self.kept.push(value);
            self.found.push(found(evaluator, set)?);
        }
        Ok(true)
    }
}

fn found<'h>(evaluator: &mut Evaluator<'h>, set: Attrs<'h>) -> Result<Found, Error> {
    let names = evaluator.names();
    let missing = |message: String| Error::new(ErrorKind::MissingAttribute, message);
    if evaluator.attr(set, names.name)?.is_none() {
        return Err(missing("derivation name missing".into()));
    }
    let Some(attr) = evaluator.attr(set, names.drv_path)? else {
        return Err(missing("derivation does not contain a 'drvPath' attribute".into()));
    };
    let derivation = evaluator.force_str(attr.value)?.to_string_lossy().into_owned();
    if !derivation.ends_with(".drv") {
        let base = derivation.rsplit('/').next().unwrap_or_default();
        let message = format!("store path '{base}' is not a valid derivation path");
        return Err(Error::new(ErrorKind::Type, message));
    }
    let output = evaluator.symbol("outputName");
    let output = match evaluator.attr(set, output)? {
        Some(attr) => evaluator.force_str(attr.value)?.to_string_lossy().into_owned(),
        None => String::new(),
    };
    if output.is_empty() {
        return Err(missing(format!("derivation '{derivation}' lacks an 'outputName' attribute")));
    }
    Ok(Found { derivation, output })
}

/// Whether a name can stand in an attribute path without quotes.
fn is_plain(name: &str) -> bool {
    let first = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    first && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_+".contains(&b))
}
