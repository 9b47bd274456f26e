//! Merging the definitions of types whose values are not looked into.

use conex_evaluator::{Attrs, Evaluator, List, Value, View};
use conex_model::{Code, Place, Related};

use super::{Text, Type};
use crate::def::Def;
use crate::loc::{self, Loc};
use crate::report::Stop;
use crate::spot::Spot;
use crate::system::System;

/// A merged value and where it is from.
pub(crate) type Leaf<'h> = (Value<'h>, Spot);

const USE_PRIORITIES: &str = "Use `lib.mkForce value` or `lib.mkDefault value` to change the priority on any of these definitions.";

impl<'h> System<'h> {
    /// Several definitions are fine as long as they are equal.
    pub(crate) fn merge_equal(
        &self,
        ev: &mut Evaluator<'h>,
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) -> Result<Leaf<'h>, Stop> {
        let first = defs[0];
        for def in &defs[1..] {
            let equal =
                ev.equal(first.value, def.value).map_err(|error| Stop::new(error, def.spot))?;
            if !equal {
                return Err(self.conflict(ev, &first, def, loc));
            }
        }
        Ok((first.value, first.spot))
    }

    fn conflict(
        &self,
        ev: &mut Evaluator<'h>,
        first: &Def<'h>,
        second: &Def<'h>,
        loc: Loc<'h>,
    ) -> Stop {
        let name = loc::show(ev, loc);
        let summary = format!("The option `{name}' has conflicting definition values");
        self.between(ev, Code::Conflict, summary, first, second, loc)
    }

    /// A problem between two definitions: told at the later one.
    fn between(
        &self,
        ev: &mut Evaluator<'h>,
        code: Code,
        summary: String,
        first: &Def<'h>,
        second: &Def<'h>,
        loc: Loc<'h>,
    ) -> Stop {
        let places = (self.places.value(ev, first.spot), self.places.value(ev, second.spot));
        // What conex itself defines is not what is to be changed.
        let own = |place: &Option<Place>| place.as_ref().is_none_or(|at| at.file.starts_with('<'));
        let later = (!own(&places.0), &places.0) > (!own(&places.1), &places.1);
        let (other, at) = if later { (second, first) } else { (first, second) };
        let mut problem = self.problem(ev, code, summary, loc, at.spot);
        problem.detail = format!("{} here, {} there", ev.show(at.value), ev.show(other.value));
        problem.help = Some(USE_PRIORITIES.to_owned());
        if let Some(place) = self.places.value(ev, other.spot) {
            let message = format!("the other definition: {}", ev.show(other.value));
            problem.related.push(Related { message, place });
        }
        Stop::Problem(problem)
    }

    /// There must be one definition only.
    pub(crate) fn merge_one(
        &self,
        ev: &mut Evaluator<'h>,
        defs: &[Def<'h>],
        loc: Loc<'h>,
        advice: &str,
    ) -> Result<Leaf<'h>, Stop> {
        if let [first, second, ..] = defs {
            let name = loc::show(ev, loc);
            let mut summary = format!(
                "The option `{name}' is defined multiple times while it's expected to be unique"
            );
            if !advice.is_empty() {
                summary.push_str(". ");
                summary.push_str(advice.trim());
            }
            return Err(self.between(ev, Code::Conflict, summary, first, second, loc));
        }
        Ok((defs[0].value, defs[0].spot))
    }

    /// Strings: one, or joined, as the type says.
    pub(crate) fn merge_text(
        &self,
        ev: &mut Evaluator<'h>,
        text: &Text<'h>,
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) -> Result<Leaf<'h>, Stop> {
        if let (Some(separator), [_, _, ..]) = (text.separator, defs) {
            let mut joined = Vec::new();
            for (index, def) in defs.iter().enumerate() {
                if index > 0 {
                    joined.extend_from_slice(separator.as_bytes());
                }
                if let View::Str(part) = def.value.view() {
                    joined.extend_from_slice(part.bytes());
                }
            }
            return Ok((ev.str(joined), defs[0].spot));
        }
        let (value, spot) = self.merge_equal(ev, defs, loc)?;
        if let View::Str(string) = value.view()
            && text.single_line
            && string.bytes().ends_with(b"\n")
        {
            let line = &string.bytes()[..string.bytes().len() - 1];
            return Ok((ev.str(line), spot));
        }
        Ok((value, spot))
    }

    /// True if any definition is.
    pub(crate) fn merge_or(&self, defs: &[Def<'h>]) -> Leaf<'h> {
        let strongest = defs.iter().find(|def| matches!(def.value.view(), View::Bool(true)));
        let chosen = strongest.unwrap_or(&defs[0]);
        (chosen.value, chosen.spot)
    }

    /// Sets laid one over the other: of equal names the last counts.
    pub(crate) fn merge_update(
        &self,
        ev: &mut Evaluator<'h>,
        defs: &[Def<'h>],
    ) -> Result<Leaf<'h>, Stop> {
        let mut all: Option<Attrs<'h>> = None;
        for def in defs {
            let set = ev.force_attrs(def.value).map_err(|error| Stop::new(error, def.spot))?;
            all = Some(match all {
                Some(under) => under.update(self.heap, set),
                None => set,
            });
        }
        Ok((all.map_or(Value::NULL, Value::from), defs[0].spot))
    }

    /// What nixpkgs does with a type that says nothing (`mergeDefaultOption`).
    pub(crate) fn merge_unspecified(
        &self,
        ev: &mut Evaluator<'h>,
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) -> Result<Leaf<'h>, Stop> {
        let (first, spot) = (defs[0].value, defs[0].spot);
        if defs.len() == 1 {
            return Ok((first, spot));
        }
        let all = |test: fn(View<'_>) -> bool| defs.iter().all(|def| test(def.value.view()));
        if all(|view| matches!(view, View::List(_))) {
            let mut elements = Vec::new();
            for def in defs {
                if let View::List(list) = def.value.view() {
                    elements.extend_from_slice(list.as_slice());
                }
            }
            return Ok((List::new(self.heap, &elements).into(), spot));
        }
        if all(|view| matches!(view, View::Attrs(_))) {
            return self.merge_update(ev, defs);
        }
        if all(|view| matches!(view, View::Bool(_))) {
            return Ok(self.merge_or(defs));
        }
        if all(|view| matches!(view, View::Str(_))) {
            let mut joined = Vec::new();
            for def in defs {
                if let View::Str(part) = def.value.view() {
                    joined.extend_from_slice(part.bytes());
                }
            }
            return Ok((ev.str(joined), spot));
        }
        if all(|view| matches!(view, View::Int(_))) {
            return self.merge_equal(ev, defs, loc);
        }
        let summary = format!("Cannot merge definitions of `{}'", loc::show(ev, loc));
        Err(self.between(ev, Code::Conflict, summary, &defs[0], &defs[1], loc))
    }

    /// A null and something else can not be merged.
    pub(crate) fn null_and_not(
        &self,
        ev: &mut Evaluator<'h>,
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) -> Stop {
        let null = |def: &&Def<'h>| matches!(def.value.view(), View::Null);
        let first = defs.iter().find(null).unwrap_or(&defs[0]);
        let second = defs.iter().find(|def| !null(def)).unwrap_or(&defs[0]);
        let summary =
            format!("The option `{}' is defined both null and not null", loc::show(ev, loc));
        self.between(ev, Code::Conflict, summary, first, second, loc)
    }

    /// A definition that does not belong to the type.
    pub(crate) fn wrong_type(
        &self,
        ev: &mut Evaluator<'h>,
        ty: &Type<'h>,
        def: &Def<'h>,
        loc: Loc<'h>,
    ) -> Stop {
        let description = ty.description(self, ev);
        let name = loc::show(ev, loc);
        let summary = format!("A definition for option `{name}' is not of type `{description}'");
        let mut problem = self.problem(ev, Code::WrongType, summary, loc, def.spot);
        problem.detail = format!("It is {}.", ev.describe(def.value));
        Stop::Problem(problem)
    }
}
