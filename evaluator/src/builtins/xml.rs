//! XML.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use super::Entry;
use crate::call::stack_overflow;
use crate::coerce::StringBuilder;
use crate::error::{Place, Result};
use crate::eval::with_stack;
use crate::evaluator::Evaluator;
use crate::memory::{Attrs, Closure, Value, View};

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![("toXML", 1, to_xml)]
}

fn to_xml<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let (text, result) = document(e, a[0], true, false);
    result?;
    Ok(text.finish(e.heap))
}

/// A value as a whole XML document; after a failure, the begin of it.
pub(crate) fn document<'h>(
    e: &mut Evaluator<'h>,
    value: Value<'h>,
    strict: bool,
    locations: bool,
) -> (StringBuilder<'h>, Result<()>) {
    let out = StringBuilder::default();
    let mut writer = Writer { out, depth: 1, seen: HashSet::default(), strict, locations };
    writer.out.push(b"<?xml version='1.0' encoding='utf-8'?>\n<expr>\n");
    let result = writer.value(e, value, Place::None);
    if result.is_ok() {
        writer.out.push(b"</expr>\n");
    }
    (writer.out, result)
}

struct Writer<'h> {
    out: StringBuilder<'h>,
    depth: usize,
    /// The `.drv` paths of derivations that were written; each is written
    /// once.
    seen: HashSet<Vec<u8>>,
    /// Whether everything is evaluated.
    strict: bool,
    /// Whether attributes and functions say where they are.
    locations: bool,
}

/// The attributes of an element, by name, as they are written. Texts that they
/// borrow are kept by the set that is being written.
type Attributes<'a> = BTreeMap<&'static str, Cow<'a, [u8]>>;

impl<'h> Writer<'h> {
    /// An element without content.
    fn empty(&mut self, name: &str, attributes: Attributes<'_>) {
        self.tag(name, attributes, b" />\n");
    }

    fn open(&mut self, name: &str, attributes: Attributes<'_>) {
        self.tag(name, attributes, b">\n");
        self.depth += 1;
    }

    fn close(&mut self, name: &str) {
        self.depth -= 1;
        self.indent();
        self.out.push(format!("</{name}>\n").as_bytes());
    }

    fn indent(&mut self) {
        const SPACES: [u8; 64] = [b' '; 64];
        let mut left = self.depth * 2;
        while left > 0 {
            let some = left.min(SPACES.len());
            self.out.push(&SPACES[..some]);
            left -= some;
        }
    }

    fn tag(&mut self, name: &str, attributes: Attributes<'_>, end: &[u8]) {
        self.indent();
        self.out.push(b"<");
        self.out.push(name.as_bytes());
        for (key, value) in attributes {
            self.out.push(b" ");
            self.out.push(key.as_bytes());
            self.out.push(b"=\"");
            self.escaped(&value);
            self.out.push(b"\"");
        }
        self.out.push(end);
    }

    fn escaped(&mut self, text: &[u8]) {
        let mut rest = text;
        let special = |b: &u8| matches!(b, b'"' | b'<' | b'>' | b'&' | b'\n');
        while let Some(place) = rest.iter().position(special) {
            self.out.push(&rest[..place]);
            self.out.push(match rest[place] {
                b'"' => b"&quot;",
                b'<' => b"&lt;",
                b'>' => b"&gt;",
                b'&' => b"&amp;",
                // A line end as it is would be read as a space.
                _ => b"&#xA;",
            });
            rest = &rest[place + 1..];
        }
        self.out.push(rest);
    }

    /// An element whose only attribute is its value.
    fn leaf(&mut self, name: &str, value: &[u8]) {
        self.empty(name, Attributes::from([("value", value.into())]));
    }

    fn value(&mut self, e: &mut Evaluator<'h>, value: Value<'h>, place: Place) -> Result<()> {
        if e.call_depth > e.settings.max_call_depth {
            return Err(stack_overflow().placed(place));
        }
        e.tick()?;
        e.call_depth += 1;
        let result = with_stack(|| self.value_here(e, value, place));
        e.call_depth -= 1;
        result
    }

    fn value_here(&mut self, e: &mut Evaluator<'h>, value: Value<'h>, place: Place) -> Result<()> {
        let value = match self.strict {
            true => e.force(value).map_err(|error| error.demanded_at(place))?,
            false => value.resolved(),
        };
        match value.view() {
            View::Null => self.empty("null", Attributes::new()),
            View::Bool(true) => self.leaf("bool", b"true"),
            View::Bool(false) => self.leaf("bool", b"false"),
            View::Int(int) => self.leaf("int", int.to_string().as_bytes()),
            View::Float(float) => self.leaf("float", conex_parser::show_float(float).as_bytes()),
            View::Str(text) => {
                self.out.depend(text);
                self.leaf("string", text.bytes());
            }
            View::Path(path) => self.leaf("path", path),
            View::List(list) => {
                self.open("list", Attributes::new());
                for element in list.as_slice() {
                    self.value(e, *element, place)?;
                }
                self.close("list");
            }
            View::Attrs(set) if e.is_derivation(set)? => self.derivation(e, set)?,
            View::Attrs(set) => {
                self.open("attrs", Attributes::new());
                self.members(e, set)?;
                self.close("attrs");
            }
            View::Closure(closure) => self.function(e, closure),
            View::Builtin(_) | View::Partial(_) | View::Thunk(_) => {
                self.empty("unevaluated", Attributes::new());
            }
        }
        Ok(())
    }

    /// A set without a `.drvPath` that only says it is a derivation is
    /// written as one that came before: its other attributes stay
    /// unevaluated, which NixOS' manual relies on.
    fn derivation(&mut self, e: &mut Evaluator<'h>, set: Attrs<'h>) -> Result<()> {
        let mut attributes = Attributes::new();
        let mut path = None;
        for (key, name) in [("outPath", e.names.out_path), ("drvPath", e.names.drv_path)] {
            let Some(attr) = set.get(name) else { continue };
            let value = if self.strict { e.force(attr.value)? } else { attr.value.resolved() };
            path = None;
            if let View::Str(text) = value.view() {
                attributes.insert(key, text.bytes().into());
                path = (key == "drvPath").then(|| text.bytes());
            }
        }
        self.open("derivation", attributes);
        match path {
            Some(path) if self.seen.insert(path.to_vec()) => {
                self.members(e, set)?;
            }
            _ => self.empty("repeated", Attributes::new()),
        }
        self.close("derivation");
        Ok(())
    }

    fn members(&mut self, e: &mut Evaluator<'h>, set: Attrs<'h>) -> Result<()> {
        for attr in e.by_name(e.all_attrs(set)?) {
            let name = e.name(attr.name).as_bytes().to_vec();
            let mut attributes = Attributes::from([("name", name.into())]);
            self.locate(e, &mut attributes, e.definition_position(attr.position));
            self.open("attr", attributes);
            self.value(e, attr.value, Place::Attribute(attr.position))?;
            self.close("attr");
        }
        Ok(())
    }

    /// Says where something is, if that is asked for and known.
    fn locate(&self, e: &Evaluator<'h>, attributes: &mut Attributes<'_>, position: u32) {
        if !self.locations {
            return;
        }
        let Some((module, offset)) = e.sources().position(position) else { return };
        let place = module.line_column(offset);
        if let Some(path) = &module.path {
            attributes.insert("path", path.to_string_lossy().into_owned().into_bytes().into());
        }
        attributes.insert("line", place.line.to_string().into_bytes().into());
        attributes.insert("column", place.column.to_string().into_bytes().into());
    }

    fn function(&mut self, e: &Evaluator<'h>, closure: Closure<'h>) {
        let code = closure.code();
        let lambda = &code.unit.module.ir.lambdas[code.id.0 as usize];
        let mut attributes = Attributes::new();
        self.locate(e, &mut attributes, e.position_of(code.at));
        self.open("function", attributes);
        match code.pattern {
            Some(pattern) if code.arity == 1 => {
                let mut attributes = Attributes::new();
                if pattern.ellipsis {
                    attributes.insert("ellipsis", b"1".into());
                }
                if let Some(name) = lambda.pattern.and_then(|pattern| pattern.bound) {
                    attributes.insert("name", e.name(name).as_bytes().into());
                }
                self.open("attrspat", attributes);
                let mut names: Vec<&str> = pattern.formals.iter().map(|f| e.name(f.name)).collect();
                names.sort_unstable();
                for name in names {
                    self.empty("attr", Attributes::from([("name", name.as_bytes().into())]));
                }
                self.close("attrspat");
            }
            _ => {
                let name = lambda.argument.map_or("", |name| e.name(name));
                self.empty("varpat", Attributes::from([("name", name.as_bytes().into())]));
            }
        }
        self.close("function");
    }
}
