//! Whether a value belongs to a type, looking no deeper than nixpkgs' own
//! `check` functions do.

use conex_evaluator::{Evaluator, Result, Str, Value, View};

use super::{Kind, Text, Type};
use crate::report::Stop;
use crate::spot::Spot;
use crate::system::System;

impl<'h> System<'h> {
    /// Whether an evaluated value belongs to a type.
    pub(crate) fn accepts(&self, ev: &mut Evaluator<'h>, ty: &Type<'h>, value: Value<'h>, spot: Spot) -> std::result::Result<bool, Stop> {
        if !self.accepts_kind(ev, ty, value, spot)? {
            return Ok(false);
        }
        match ty.check {
            Some(check) => self.predicate(ev, check, value).map_err(|error| Stop::new(error, spot)),
            None => Ok(true),
        }
    }

    fn predicate(&self, ev: &mut Evaluator<'h>, check: Value<'h>, value: Value<'h>) -> Result<bool> {
        let answer = ev.call(check, &[value])?;
        ev.force_bool(answer)
    }

    fn accepts_kind(&self, ev: &mut Evaluator<'h>, ty: &Type<'h>, value: Value<'h>, spot: Spot) -> std::result::Result<bool, Stop> {
        let view = value.view();
        let failed = |error| Stop::new(error, spot);
        Ok(match &ty.kind {
            Kind::Bool | Kind::BoolByOr => matches!(view, View::Bool(_)),
            Kind::Int { min, max } => match view {
                View::Int(int) => min.is_none_or(|min| int >= min) && max.is_none_or(|max| int <= max),
                _ => false,
            },
            Kind::Float => matches!(view, View::Float(_)),
            Kind::Number { min, max, above } => match number(view) {
                Some(x) => {
                    min.is_none_or(|min| x >= min)
                        && max.is_none_or(|max| x <= max)
                        && above.is_none_or(|above| x > above)
                }
                None => false,
            },
            Kind::Str(text) => match view {
                View::Str(string) => self.accepts_text(ev, text, string).map_err(failed)?,
                _ => false,
            },
            Kind::Path { absolute, in_store } => {
                self.accepts_path(ev, value, *absolute, *in_store).map_err(failed)?
            }
            Kind::Package => match view {
                View::Attrs(set) => set.unknown_rest().is_some() || ev.is_derivation(set).map_err(failed)?,
                View::Path(path) => path.starts_with(b"/nix/store/"),
                View::Str(text) => text.bytes().starts_with(b"/nix/store/"),
                _ => false,
            },
            Kind::Enum(values) => {
                for allowed in *values {
                    if ev.equal(*allowed, value).map_err(failed)? {
                        return Ok(true);
                    }
                }
                false
            }
            Kind::Attrs | Kind::AttrsOf { .. } => matches!(view, View::Attrs(_)),
            Kind::ListOf { non_empty, .. } => match view {
                View::List(list) => !non_empty || !list.is_empty(),
                _ => false,
            },
            Kind::NullOr(elem) => match view {
                View::Null => true,
                _ => {
                    let elem = elem.get(self, ev)?;
                    self.accepts(ev, elem, value, spot)?
                }
            },
            Kind::Either(left, right) => {
                let (left, right) = (left.get(self, ev)?, right.get(self, ev)?);
                self.accepts(ev, left, value, spot)? || self.accepts(ev, right, value, spot)?
            }
            Kind::CoercedTo { from, coerce, to } => {
                let (from, to) = (from.get(self, ev)?, to.get(self, ev)?);
                if self.accepts(ev, from, value, spot)? {
                    let coerced = ev.call(*coerce, &[value]).map_err(failed)?;
                    if self.accepts(ev, to, coerced, spot)? {
                        return Ok(true);
                    }
                }
                self.accepts(ev, to, value, spot)?
            }
            Kind::Submodule(_) | Kind::DeferredModule { .. } => {
                matches!(view, View::Attrs(_)) || ev.is_function(value) || is_path(view)
            }
            Kind::FunctionTo(_) => ev.is_function(value),
            Kind::AttrTag(tags) => match view {
                View::Attrs(set) if set.len() == 1 => tags.iter().any(|(name, _)| set.get(*name).is_some()),
                _ => false,
            },
            Kind::Unique { elem, .. } => {
                let elem = elem.get(self, ev)?;
                self.accepts(ev, elem, value, spot)?
            }
            Kind::AddCheck { elem, check } => {
                let elem = elem.get(self, ev)?;
                self.accepts(ev, elem, value, spot)? && self.predicate(ev, *check, value).map_err(failed)?
            }
            Kind::Anything | Kind::Unspecified | Kind::Raw | Kind::Custom | Kind::Toplevel => true,
        })
    }

    fn accepts_text(&self, ev: &mut Evaluator<'h>, text: &Text<'h>, string: Str<'h>) -> Result<bool> {
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
        if !stringy {
            return Ok(false);
        }
        let text = ev.to_str(value)?;
        let text = ev.force_str(text)?;
        let bytes = text.bytes();
        let is_absolute = bytes.starts_with(b"/");
        // A file directly or indirectly below the store, but not the store.
        let stored = bytes.strip_prefix(b"/nix/store/").is_some_and(|rest| !rest.is_empty() && rest[0] != b'.');
        Ok(absolute.is_none_or(|wanted| wanted == is_absolute) && in_store.is_none_or(|wanted| wanted == stored))
    }
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
