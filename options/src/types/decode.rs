//! Type data → [`Type`].

use std::cell::OnceCell;

use conex_evaluator::{Attrs, Error, ErrorKind, Evaluator, Result, Symbol, Value, View};

use super::{Kind, Submodule, Text, Type, TypeRef};
use crate::natives::NATIVES;
use crate::report::Stop;
use crate::spot::Spot;
use crate::system::System;

impl<'h> System<'h> {
    /// The type that a Nix value stands for.
    pub(crate) fn decode_type(
        &self,
        ev: &mut Evaluator<'h>,
        raw: Value<'h>,
    ) -> std::result::Result<&'h Type<'h>, Stop> {
        let decoded = ev.force(raw).and_then(|raw| self.decode(ev, raw));
        decoded.map_err(|error| Stop::new(error, Spot::Nowhere))
    }

    /// The type of an option that has none.
    pub(crate) fn no_type(&self) -> &'h Type<'h> {
        let kind = Kind::Unspecified;
        self.heap.alloc(Type { kind, check: None, merge: None, raw: Value::NULL })
    }

    /// A function of a type, unless it is the one that every type has.
    fn foreign(
        &self,
        ev: &mut Evaluator<'h>,
        function: Option<Value<'h>>,
    ) -> Result<Option<Value<'h>>> {
        let Some(function) = function else { return Ok(None) };
        let function = ev.force(function)?;
        let own = matches!(function.view(), View::Partial(partial)
            if ev.builtin_name(partial.function).is_some_and(|name| NATIVES.contains(&name)));
        Ok((!own).then_some(function))
    }

    fn decode(&self, ev: &mut Evaluator<'h>, raw: Value<'h>) -> Result<&'h Type<'h>> {
        if let Some(known) = self.types.borrow().get(&raw.address()) {
            return Ok(known);
        }
        let words = self.words;
        let View::Attrs(set) = raw.view() else {
            let found = ev.describe(raw);
            return Err(Error::type_error(format!("expected an option type but found {found}")));
        };
        let Some(data) = set.get(words.conex) else {
            return Err(Error::new(ErrorKind::Throw, "this is not a type of lib.types"));
        };
        let data = Data { sys: self, set: ev.force_attrs(data.value)? };
        let kind = data.required(ev, words.kind)?;
        let kind = ev.force_str(kind)?;
        let kind = data.kind(ev, kind.bytes())?;
        let own = |name| set.get(name).map(|attr| attr.value);
        let check = self.foreign(ev, own(words.check))?;
        let merge = self.foreign(ev, own(words.merge))?;
        let decoded: &Type<'h> = self.heap.alloc(Type { kind, check, merge, raw });
        self.types.borrow_mut().insert(raw.address(), decoded);
        Ok(decoded)
    }
}

/// The fields of `conex`.
struct Data<'a, 'h> {
    sys: &'a System<'h>,
    set: Attrs<'h>,
}

impl<'h> Data<'_, 'h> {
    fn kind(&self, ev: &mut Evaluator<'h>, kind: &[u8]) -> Result<Kind<'h>> {
        let words = self.sys.words;
        Ok(match kind {
            b"bool" => Kind::Bool,
            b"boolByOr" => Kind::BoolByOr,
            b"int" => Kind::Int { min: self.int(ev, words.min)?, max: self.int(ev, words.max)? },
            b"float" => Kind::Float,
            b"number" => Kind::Number {
                min: self.number(ev, words.min)?,
                max: self.number(ev, words.max)?,
                above: self.number(ev, words.above)?,
            },
            b"str" => Kind::Str(self.text(ev)?),
            b"path" => Kind::Path {
                absolute: self.bool(ev, words.absolute)?,
                in_store: self.bool(ev, words.in_store)?,
            },
            b"package" => Kind::Package,
            b"anything" => Kind::Anything,
            b"unspecified" => Kind::Unspecified,
            b"raw" => Kind::Raw,
            b"attrs" => Kind::Attrs,
            b"enum" => Kind::Enum(self.list(ev, words.values)?),
            b"listOf" => Kind::ListOf {
                elem: self.elem(words.elem)?,
                non_empty: self.bool(ev, words.non_empty)? == Some(true),
            },
            b"attrsOf" => Kind::AttrsOf {
                elem: self.elem(words.elem)?,
                lazy: self.bool(ev, words.lazy)? == Some(true),
            },
            b"nullOr" => Kind::NullOr(self.elem(words.elem)?),
            b"either" => Kind::Either(self.elem(words.left)?, self.elem(words.right)?),
            b"coercedTo" => Kind::CoercedTo {
                from: self.elem(words.from)?,
                coerce: self.required(ev, words.coerce)?,
                to: self.elem(words.to)?,
            },
            b"submodule" => Kind::Submodule(self.submodule(ev)?),
            b"deferredModule" => Kind::DeferredModule { modules: self.list(ev, words.modules)? },
            b"functionTo" => Kind::FunctionTo(self.elem(words.elem)?),
            b"unique" => Kind::Unique {
                elem: self.elem(words.elem)?,
                message: self.set.get(words.message).map_or(Value::NULL, |attr| attr.value),
            },
            b"attrTag" => Kind::AttrTag(self.tags(ev)?),
            b"addCheck" => Kind::AddCheck {
                elem: self.elem(words.elem)?,
                check: self.required(ev, words.check)?,
            },
            b"optionType" => Kind::OptionType,
            b"toplevel" => Kind::Toplevel,
            _ => Kind::Custom,
        })
    }

    fn required(&self, ev: &Evaluator<'h>, name: Symbol) -> Result<Value<'h>> {
        match self.set.get(name) {
            Some(attr) => Ok(attr.value),
            None => {
                let message = format!("attribute '{}' missing in a type", ev.name(name));
                Err(Error::new(ErrorKind::MissingAttribute, message))
            }
        }
    }

    fn field(&self, ev: &mut Evaluator<'h>, name: Symbol) -> Result<View<'h>> {
        match self.set.get(name) {
            Some(attr) => Ok(ev.force(attr.value)?.view()),
            None => Ok(View::Null),
        }
    }

    fn int(&self, ev: &mut Evaluator<'h>, name: Symbol) -> Result<Option<i64>> {
        Ok(match self.field(ev, name)? {
            View::Int(int) => Some(int),
            _ => None,
        })
    }

    fn number(&self, ev: &mut Evaluator<'h>, name: Symbol) -> Result<Option<f64>> {
        Ok(match self.field(ev, name)? {
            View::Int(int) => Some(int as f64),
            View::Float(float) => Some(float),
            _ => None,
        })
    }

    fn bool(&self, ev: &mut Evaluator<'h>, name: Symbol) -> Result<Option<bool>> {
        Ok(match self.field(ev, name)? {
            View::Bool(bool) => Some(bool),
            _ => None,
        })
    }

    fn list(&self, ev: &mut Evaluator<'h>, name: Symbol) -> Result<&'h [Value<'h>]> {
        let list = self.required(ev, name)?;
        let list = ev.force_list(list)?.as_slice();
        for element in list {
            ev.force(*element)?;
        }
        Ok(list)
    }

    fn elem(&self, name: Symbol) -> Result<&'h TypeRef<'h>> {
        let raw = self.set.get(name).map_or(Value::NULL, |attr| attr.value);
        Ok(TypeRef::new(self.sys.heap, raw))
    }

    fn text(&self, ev: &mut Evaluator<'h>) -> Result<Text<'h>> {
        let words = self.sys.words;
        let pattern = match self.field(ev, words.pattern)? {
            View::Str(text) => Some(text.into()),
            _ => None,
        };
        let separator = match self.field(ev, words.separator)? {
            View::Str(text) => Some(self.sys.text(&text.to_string_lossy())),
            _ => None,
        };
        Ok(Text {
            pattern,
            separator,
            non_empty: self.bool(ev, words.non_empty)? == Some(true),
            single_line: self.bool(ev, words.single_line)? == Some(true),
        })
    }

    fn submodule(&self, ev: &mut Evaluator<'h>) -> Result<&'h Submodule<'h>> {
        let words = self.sys.words;
        let modules = self.required(ev, words.modules)?;
        let modules = ev.force_list(modules)?.as_slice();
        Ok(self.sys.heap.alloc(Submodule {
            modules,
            special_args: self.set.get(words.special_args).map_or(Value::NULL, |attr| attr.value),
            shorthand: self.bool(ev, words.shorthand)?,
            class: self.set.get(words.class).map_or(Value::NULL, |attr| attr.value),
            schema: OnceCell::new(),
        }))
    }

    fn tags(&self, ev: &mut Evaluator<'h>) -> Result<&'h [(Symbol, Value<'h>)]> {
        let tags = self.required(ev, self.sys.words.tags)?;
        let tags = ev.force_attrs(tags)?;
        let tags: Vec<_> = ev.all_attrs(tags)?.iter().map(|attr| (attr.name, attr.value)).collect();
        Ok(self.sys.heap.slice(&tags))
    }
}
