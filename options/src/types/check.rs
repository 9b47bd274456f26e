//! Whether a value belongs to a type, looking no deeper than nixpkgs' own
//! `check` functions do.

use conex_evaluator::{Evaluator, Result, Str, Value, View};

use super::{Kind, Text, Type};
use crate::report::Stop;
use crate::spot::Spot;
use crate::system::System;

impl<'h> System<'h> {
    /// Whether an evaluated value belongs to a type.
    pub(crate) fn accepts(
        &self,
        ev: &mut Evaluator<'h>,
        ty: &Type<'h>,
        value: Value<'h>,
        spot: Spot,
    ) -> std::result::Result<bool, Stop> {
        // A type whose `check` was replaced has only that one.
        match ty.check {
            Some(check) => self.predicate(ev, check, value).map_err(|error| Stop::new(error, spot)),
            None => self.accepts_kind(ev, ty, value, spot),
        }
    }

    fn predicate(
        &self,
        ev: &mut Evaluator<'h>,
        check: Value<'h>,
        value: Value<'h>,
    ) -> Result<bool> {
        let answer = ev.call(check, &[value])?;
        ev.force_bool(answer)
    }

    fn accepts_kind(
        &self,
        ev: &mut Evaluator<'h>,
        ty: &Type<'h>,
        value: Value<'h>,
        spot: Spot,
    ) -> std::result::Result<bool, Stop> {
        if let Some(accepted) = accepts_shape(ev, &ty.kind, value) {
            return Ok(accepted);
        }
        let accepted = match &ty.kind {
            Kind::OptionType => self.is_type(ev, value),
            Kind::Str(text) => match value.view() {
                View::Str(string) => self.accepts_text(ev, text, string),
                _ => Ok(false),
            },
            Kind::Path { absolute, in_store } => self.accepts_path(ev, value, *absolute, *in_store),
            Kind::Package => is_package(ev, value),
            Kind::Enum(values) => is_among(ev, values, value),
            _ => return self.nested(spot, || self.accepts_nested(ev, ty, value, spot)),
        };
        accepted.map_err(|error| Stop::new(error, spot))
    }

    /// The types that are made of others.
    fn accepts_nested(
        &self,
        ev: &mut Evaluator<'h>,
        ty: &Type<'h>,
        value: Value<'h>,
        spot: Spot,
    ) -> std::result::Result<bool, Stop> {
        match &ty.kind {
            Kind::NullOr(_) if matches!(value.view(), View::Null) => Ok(true),
            Kind::NullOr(elem) | Kind::Unique { elem, .. } => {
                let elem = elem.get(self, ev)?;
                self.accepts(ev, elem, value, spot)
            }
            Kind::AddCheck { elem, check } => {
                let elem = elem.get(self, ev)?;
                if !self.accepts(ev, elem, value, spot)? {
                    return Ok(false);
                }
                self.predicate(ev, *check, value).map_err(|error| Stop::new(error, spot))
            }
            Kind::Either(left, right) => {
                let (left, right) = (left.get(self, ev)?, right.get(self, ev)?);
                Ok(self.accepts(ev, left, value, spot)? || self.accepts(ev, right, value, spot)?)
            }
            Kind::CoercedTo { from, coerce, to } => {
                let (from, to) = (from.get(self, ev)?, to.get(self, ev)?);
                if self.accepts(ev, from, value, spot)? {
                    let coerced = ev.call(*coerce, &[value]);
                    let coerced = coerced.map_err(|error| Stop::new(error, spot))?;
                    if self.accepts(ev, to, coerced, spot)? {
                        return Ok(true);
                    }
                }
                self.accepts(ev, to, value, spot)
            }
            _ => Ok(true),
        }
    }

    fn is_type(&self, ev: &mut Evaluator<'h>, value: Value<'h>) -> Result<bool> {
        let View::Attrs(set) = value.view() else { return Ok(false) };
        let Some(tag) = set.get(self.words.type_tag) else { return Ok(false) };
        Ok(matches!(ev.force(tag.value)?.view(), View::Str(tag) if tag.bytes() == b"option-type"))
    }

    fn accepts_text(
        &self,
        ev: &mut Evaluator<'h>,
        text: &Text<'h>,
        string: Str<'h>,
    ) -> Result<bool> {
        let bytes = string.bytes();
        if text.non_empty && bytes.iter().all(|b| matches!(b, b' ' | b'\t' | b'\n')) {
            return Ok(false);
        }
        if text.single_line {
            let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
            if line.iter().any(|b| matches!(b, b'\n' | b'\r')) {
                return Ok(false);
            }
        }
        match text.pattern {
            Some(pattern) => {
                let found = ev.call(self.match_, &[pattern, string.into()])?;
                Ok(!matches!(found.view(), View::Null))
            }
            None => Ok(true),
        }
    }

    fn accepts_path(
        &self,
        ev: &mut Evaluator<'h>,
        value: Value<'h>,
        absolute: Option<bool>,
        in_store: Option<bool>,
    ) -> Result<bool> {
        let stringy = match value.view() {
            View::Str(_) | View::Path(_) => true,
            View::Attrs(set) => {
                set.get(self.words.out_path).is_some()
                    || set.get(self.words.to_string).is_some()
                    || set.unknown_rest().is_some()
            }
            _ => false,
        };
        // What is not to be in the store is no path, which would be copied there.
        let text = matches!(value.view(), View::Str(_));
        if !stringy || in_store == Some(false) && !text {
            return Ok(false);
        }
        let text = ev.to_str(value)?;
        let text = ev.force_str(text)?;
        let bytes = text.bytes();
        let is_absolute = bytes.starts_with(b"/");
        // A file directly or indirectly below the store, but not the store.
        let stored = bytes
            .strip_prefix(b"/nix/store/")
            .is_some_and(|rest| !rest.is_empty() && rest[0] != b'.');
        Ok(absolute.is_none_or(|wanted| wanted == is_absolute)
            && in_store.is_none_or(|wanted| wanted == stored))
    }
}

/// The types that one look at the value decides; `None` for the others.
fn accepts_shape<'h>(ev: &Evaluator<'h>, kind: &Kind<'h>, value: Value<'h>) -> Option<bool> {
    let view = value.view();
    Some(match kind {
        Kind::Bool | Kind::BoolByOr => matches!(view, View::Bool(_)),
        Kind::Int { min, max } => matches!(view, View::Int(int)
            if min.is_none_or(|min| int >= min) && max.is_none_or(|max| int <= max)),
        Kind::Float => matches!(view, View::Float(_)),
        Kind::Number { min, max, above } => number(view).is_some_and(|x| {
            min.is_none_or(|min| x >= min)
                && max.is_none_or(|max| x <= max)
                && above.is_none_or(|above| x > above)
        }),
        Kind::Attrs | Kind::AttrsOf { .. } => matches!(view, View::Attrs(_)),
        Kind::ListOf { non_empty, .. } => {
            matches!(view, View::List(list) if !non_empty || !list.is_empty())
        }
        Kind::Submodule(_) | Kind::DeferredModule { .. } => {
            matches!(view, View::Attrs(_)) || ev.is_function(value) || is_path(view)
        }
        Kind::FunctionTo(_) => ev.is_function(value),
        Kind::AttrTag(tags) => matches!(view, View::Attrs(set)
            if set.len() == 1 && tags.iter().any(|(name, _)| set.get(*name).is_some())),
        Kind::Anything | Kind::Unspecified | Kind::Raw | Kind::Custom | Kind::Toplevel => true,
        _ => return None,
    })
}

fn is_package<'h>(ev: &mut Evaluator<'h>, value: Value<'h>) -> Result<bool> {
    Ok(match value.view() {
        View::Attrs(set) => set.unknown_rest().is_some() || ev.is_derivation(set)?,
        View::Path(path) => path.starts_with(b"/nix/store/"),
        View::Str(text) => text.bytes().starts_with(b"/nix/store/"),
        _ => false,
    })
}

fn is_among<'h>(ev: &mut Evaluator<'h>, values: &[Value<'h>], value: Value<'h>) -> Result<bool> {
    for allowed in values {
        if ev.equal(*allowed, value)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn number(view: View<'_>) -> Option<f64> {
    match view {
        View::Int(int) => Some(int as f64),
        View::Float(float) => Some(float),
        _ => None,
    }
}

/// What nixpkgs' `types.path` accepts without a look at the disk.
fn is_path(view: View<'_>) -> bool {
    match view {
        View::Path(_) => true,
        View::Str(text) => text.bytes().starts_with(b"/"),
        _ => false,
    }
}
