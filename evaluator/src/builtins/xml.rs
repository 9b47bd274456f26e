//! XML.

use super::Entry;
use crate::coerce::StringBuilder;
use crate::error::Result;
use crate::eval::with_stack;
use crate::evaluator::Evaluator;
use crate::memory::{Attrs, Closure, Value, View};

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![("toXML", 1, to_xml)]
}

fn to_xml<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let mut writer = Writer { out: StringBuilder::default(), depth: 1, seen: Vec::new() };
    writer.out.push(b"<?xml version='1.0' encoding='utf-8'?>\n<expr>\n");
    writer.value(e, a[0])?;
    writer.out.push(b"</expr>\n");
    Ok(writer.out.finish(e.heap))
}

struct Writer<'h> {
    out: StringBuilder<'h>,
    depth: usize,
    /// The `.drv` paths of derivations that were written; each is written
    /// once.
    seen: Vec<&'h [u8]>,
}

impl<'h> Writer<'h> {
    /// An element without content.
    fn empty(&mut self, name: &str, attributes: &[(&str, &[u8])]) {
        self.tag(name, attributes, b" />\n");
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &[u8])]) {
        self.tag(name, attributes, b">\n");
        self.depth += 1;
    }

    fn close(&mut self, name: &str) {
        self.depth -= 1;
        self.indent();
        self.out.push(format!("</{name}>\n").as_bytes());
    }

    fn indent(&mut self) {
        for _ in 0..self.depth {
            self.out.push(b"  ");
        }
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &[u8])], end: &[u8]) {
        self.indent();
        self.out.push(format!("<{name}").as_bytes());
        for (key, value) in attributes {
            self.out.push(format!(" {key}=\"").as_bytes());
            for byte in *value {
                match byte {
                    b'"' => self.out.push(b"&quot;"),
                    b'<' => self.out.push(b"&lt;"),
                    b'>' => self.out.push(b"&gt;"),
                    b'&' => self.out.push(b"&amp;"),
                    // A line end as it is would be read as a space.
                    b'\n' => self.out.push(b"&#xA;"),
                    byte => self.out.push(&[*byte]),
                }
            }
            self.out.push(b"\"");
        }
        self.out.push(end);
    }

    fn value(&mut self, e: &mut Evaluator<'h>, value: Value<'h>) -> Result<()> {
        let value = e.force(value)?;
        match value.view() {
            View::Null => self.empty("null", &[]),
            View::Bool(true) => self.empty("bool", &[("value", b"true")]),
            View::Bool(false) => self.empty("bool", &[("value", b"false")]),
            View::Int(int) => self.empty("int", &[("value", int.to_string().as_bytes())]),
            View::Float(float) => {
                let shown = crate::print::show_float(float);
                self.empty("float", &[("value", shown.as_bytes())]);
            }
            View::Str(text) => {
                self.out.depend(text);
                self.empty("string", &[("value", text.bytes())]);
            }
            View::Path(path) => self.empty("path", &[("value", path)]),
            View::List(list) => {
                self.open("list", &[]);
                for element in list.as_slice() {
                    with_stack(|| self.value(e, *element))?;
                }
                self.close("list");
            }
            View::Attrs(set) if e.is_derivation(set)? => self.derivation(e, set)?,
            View::Attrs(set) => {
                self.open("attrs", &[]);
                self.members(e, set)?;
                self.close("attrs");
            }
            View::Closure(closure) => self.function(e, closure),
            View::Builtin(_) | View::Partial(_) | View::Thunk(_) => self.empty("unevaluated", &[]),
        }
        Ok(())
    }

    /// A set without a `.drvPath` that only says it is a derivation is
    /// written as one that came before: its other attributes stay
    /// unevaluated, which NixOS' manual relies on.
    fn derivation(&mut self, e: &mut Evaluator<'h>, set: Attrs<'h>) -> Result<()> {
        let mut attributes = Vec::new();
        for (key, name) in [("drvPath", e.names.drv_path), ("outPath", e.names.out_path)] {
            let Some(attr) = set.get(name) else { continue };
            if let View::Str(path) = e.force(attr.value)?.view() {
                attributes.push((key, path.bytes()));
            }
        }
        self.open("derivation", &attributes);
        match attributes.first() {
            Some(("drvPath", path)) if !self.seen.contains(path) => {
                self.seen.push(path);
                self.members(e, set)?;
            }
            _ => self.empty("repeated", &[]),
        }
        self.close("derivation");
        Ok(())
    }

    fn members(&mut self, e: &mut Evaluator<'h>, set: Attrs<'h>) -> Result<()> {
        for attr in e.by_name(e.all_attrs(set)?) {
            let name = e.name(attr.name).to_owned();
            self.open("attr", &[("name", name.as_bytes())]);
            with_stack(|| self.value(e, attr.value))?;
            self.close("attr");
        }
        Ok(())
    }

    fn function(&mut self, e: &Evaluator<'h>, closure: Closure<'h>) {
        let code = closure.code();
        let ir = &code.unit.module.ir;
        let lambda = ir.lambdas.iter().find(|lambda| lambda.unit == code.unit.unit);
        self.open("function", &[]);
        match code.pattern {
            Some(pattern) if code.arity == 1 => {
                let bound = lambda.and_then(|lambda| lambda.pattern?.bound);
                let mut attributes: Vec<(&str, &[u8])> = Vec::new();
                if pattern.ellipsis {
                    attributes.push(("ellipsis", b"1"));
                }
                if let Some(name) = bound {
                    attributes.push(("name", e.name(name).as_bytes()));
                }
                self.open("attrspat", &attributes);
                let mut names: Vec<&str> = pattern.formals.iter().map(|f| e.name(f.name)).collect();
                names.sort_unstable();
                for name in names {
                    self.empty("attr", &[("name", name.as_bytes())]);
                }
                self.close("attrspat");
            }
            _ => {
                let name = lambda.and_then(|lambda| lambda.argument).map_or("", |n| e.name(n));
                self.empty("varpat", &[("name", name.as_bytes())]);
            }
        }
        self.close("function");
    }
}
