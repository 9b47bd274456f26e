//! Derivations that another evaluation came to.
//!
//! What needs such a derivation needs its output path and the hash that stands for it; the
//! rest of its attributes is there by name only, and fails as unknown when it is looked at.

use std::rc::Rc;

use crate::error::Result;
use crate::evaluator::Evaluator;
use crate::memory::{Attr, Attrs, Buffer, ContextElement, Str, Value};
use crate::store::derivation::KnownDerivation;

/// What stands in for a derivation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandIn {
    /// The path of the derivation.
    pub derivation: String,
    /// The path of its output.
    pub path: String,
    /// What stands for it in the hashes of others, in hexadecimal digits.
    pub hash: String,
    /// The names of all attributes that the value has.
    pub names: Vec<String>,
}

impl<'h> Evaluator<'h> {
    /// What stands in for a derivation with the only output `out`; `None` where its path
    /// is known after a build only.
    pub fn stand_in_of(&mut self, value: Value<'h>) -> Result<Option<StandIn>> {
        let set = self.force_attrs(value)?;
        let mut text = |name: &str| -> Result<Option<String>> {
            let symbol = self.symbol(name);
            let Some(attr) = set.get(symbol) else { return Ok(None) };
            Ok(Some(self.force_str(attr.value)?.to_string_lossy().into_owned()))
        };
        let (derivation, path) = (text("drvPath")?, text("outPath")?);
        let (Some(derivation), Some(path)) = (derivation, path) else { return Ok(None) };
        let known = self.derivations.get(&derivation);
        let known = known.filter(|known| known.outputs == ["out"]);
        let Some(hash) = known.and_then(|known| known.hash()).map(str::to_owned) else {
            return Ok(None);
        };
        let attrs = self.all_attrs(set)?;
        let names = attrs.iter().map(|attr| self.name(attr.name).to_owned()).collect();
        Ok(Some(StandIn { derivation, path, hash, names }))
    }

    /// The value that stands in for a derivation.
    pub fn stand_in(&mut self, known: &StandIn) -> Value<'h> {
        let entry = self.derivations.entry(known.derivation.clone());
        entry.or_insert_with(|| Rc::new(KnownDerivation::of_hash(&known.hash)));
        let heap = self.heap;
        let built = ContextElement::Built {
            drv: heap.intern(known.derivation.as_bytes()),
            output: heap.intern(b"out"),
        };
        let context = heap.context(&[built]);
        let path: Value<'h> = Str::new(heap, known.path.as_bytes(), Some(context)).into();
        let mut attrs = Buffer::new(heap);
        for name in &known.names {
            let value = match name.as_str() {
                "outPath" => path,
                "outputName" => self.str("out"),
                "type" => self.str("derivation"),
                _ => {
                    let what = format!("{}.{name}", known.derivation);
                    self.lazy(move |ev| {
                        let what = ev.str(what);
                        Err(ev.unknown(what, None))
                    })
                }
            };
            let name = self.symbol(name);
            attrs.push(Attr { name, position: 0, value });
        }
        Attrs::from_unsorted(heap, &mut attrs).into()
    }
}
