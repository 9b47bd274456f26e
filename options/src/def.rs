//! Definitions and their properties: `mkIf`, `mkMerge`, `mkOverride`,
//! `mkOrder`.

use conex_evaluator::{Attrs, Error, Evaluator, Heap, Value, View};
use conex_model::Code;

use crate::loc::{self, Loc};
use crate::report::Stop;
use crate::spot::Spot;
use crate::system::System;

/// What `mkOverride` is not needed for.
pub(crate) const DEFAULT_PRIORITY: i64 = 100;
/// The priority of the default of an option (`mkOptionDefault`).
pub(crate) const OPTION_DEFAULT_PRIORITY: i64 = 1500;
/// The order of what is not ordered.
const DEFAULT_ORDER: i64 = 1000;

/// A definition of an option or of a set of options.
#[derive(Clone, Copy)]
pub(crate) struct Def<'h> {
    /// What is defined, evaluated or not, with or without properties.
    pub(crate) value: Value<'h>,
    /// Where.
    pub(crate) spot: Spot,
    /// What people call the module.
    pub(crate) file: &'h str,
    /// What it was found under, innermost first, not looked at yet.
    pub(crate) under: Option<&'h Under<'h>>,
    /// The outermost priority it was found under.
    pub(crate) priority: Option<i64>,
    /// The outermost order.
    pub(crate) order: Option<i64>,
    /// Why nobody knows whether it counts: a number of [`System::doubt`].
    pub(crate) doubt: Option<u32>,
}

/// A property of a set of options that a definition was found under.
#[derive(Clone, Copy)]
pub(crate) struct Under<'h> {
    property: Property<'h>,
    spot: Spot,
    outer: Option<&'h Under<'h>>,
}

/// Why it is not known whether a definition counts.
pub(crate) struct Doubt {
    error: Error,
    spot: Spot,
    /// Whether it is the value itself that is not known, and with it whether
    /// it carries a condition; not only a condition.
    opaque: bool,
}

/// A property that a value carries. Nothing in it is evaluated: what it is
/// may depend on what it is about.
#[derive(Clone, Copy)]
enum Property<'h> {
    If {
        condition: Value<'h>,
        content: Value<'h>,
    },
    Merge {
        contents: Value<'h>,
    },
    Override {
        priority: Value<'h>,
        content: Value<'h>,
    },
    Order {
        priority: Value<'h>,
        content: Value<'h>,
    },
    /// A definition that says itself which file it is from.
    Definition {
        file: Value<'h>,
        value: Value<'h>,
    },
}

impl<'h> Def<'h> {
    pub(crate) fn new(value: Value<'h>, spot: Spot, file: &'h str) -> Self {
        Self { value, spot, file, under: None, priority: None, order: None, doubt: None }
    }

    /// The default of an option.
    pub(crate) fn default(heap: &'h Heap, value: Value<'h>, spot: Spot, file: &'h str) -> Self {
        let priority = Value::int(heap, OPTION_DEFAULT_PRIORITY);
        let property = Property::Override { priority, content: Value::NULL };
        let under = heap.alloc(Under { property, spot, outer: None });
        Self { under: Some(under), ..Self::new(value, spot, file) }
    }

    /// A definition inside this one, of which everything is known.
    pub(crate) fn part(&self, value: Value<'h>, spot: Spot) -> Self {
        Self { doubt: self.doubt, ..Self::new(value, spot, self.file) }
    }

    /// The conditions it was found under, not evaluated.
    pub(crate) fn conditions(&self) -> Vec<Value<'h>> {
        let mut all = Vec::new();
        let mut next = self.under;
        while let Some(under) = next {
            if let Property::If { condition, .. } = under.property {
                all.push(condition);
            }
            next = under.outer;
        }
        all
    }

    pub(crate) fn effective_priority(&self) -> i64 {
        self.priority.unwrap_or(DEFAULT_PRIORITY)
    }
}

impl<'h> System<'h> {
    /// Remembers why it is not known whether a definition counts.
    fn doubt(&self, error: Error, spot: Spot, opaque: bool) -> u32 {
        let mut doubts = self.doubts.borrow_mut();
        doubts.push(Doubt { error, spot, opaque });
        doubts.len() as u32 - 1
    }

    /// Why it is not known whether a definition counts.
    pub(crate) fn reason(&self, doubt: u32) -> Option<(Error, Spot)> {
        self.doubts.borrow().get(doubt as usize).map(|doubt| (doubt.error.clone(), doubt.spot))
    }

    /// Whether it is the value itself that is not known.
    pub(crate) fn is_opaque(&self, doubt: u32) -> bool {
        self.doubts.borrow().get(doubt as usize).is_some_and(|doubt| doubt.opaque)
    }

    /// The same, as the reason why there is no value.
    pub(crate) fn doubtful(&self, doubt: u32) -> Stop {
        match self.reason(doubt) {
            Some((error, spot)) => Stop::Unknown(error, spot),
            None => Stop::Reported,
        }
    }

    /// The property that an evaluated value carries.
    fn property(
        &self,
        ev: &mut Evaluator<'h>,
        value: Value<'h>,
    ) -> conex_evaluator::Result<Option<Property<'h>>> {
        let View::Attrs(set) = value.view() else { return Ok(None) };
        let words = &self.words;
        let Some(tag) = set.get(words.type_tag) else { return Ok(None) };
        let View::Str(tag) = ev.force(tag.value)?.view() else { return Ok(None) };
        let content = |name| set.get(name).map_or(Value::NULL, |attr| attr.value);
        Ok(Some(match tag.bytes() {
            b"if" => Property::If {
                condition: content(words.condition),
                content: content(words.content),
            },
            b"merge" => Property::Merge { contents: content(words.contents) },
            b"override" => Property::Override {
                priority: content(words.priority),
                content: content(words.content),
            },
            b"order" => Property::Order {
                priority: content(words.priority),
                content: content(words.content),
            },
            b"definition" => {
                Property::Definition { file: content(words.file), value: content(words.value) }
            }
            _ => return Ok(None),
        }))
    }

    /// Whether an evaluated value carries a property.
    pub(crate) fn is_property(&self, ev: &mut Evaluator<'h>, value: Value<'h>) -> bool {
        matches!(self.property(ev, value), Ok(Some(property)) if !matches!(property, Property::Definition { .. }))
    }

    /// Takes the properties off a definition: its parts that count, or may
    /// count, are added to `out`, evaluated.
    ///
    /// As in nixpkgs, `mkMerge` and `mkIf` come off first, then one
    /// `mkOverride`, then one `mkOrder`; what is put in between the wrong way
    /// round stays and is a value like any other.
    pub(crate) fn discharge(
        &self,
        ev: &mut Evaluator<'h>,
        def: Def<'h>,
        out: &mut Vec<Def<'h>>,
    ) -> Result<(), Stop> {
        let mut def = def;
        let (mut overridden, mut ordered) = (false, false);
        if def.under.is_some() {
            match self.discharge_outer(ev, &mut def)? {
                Some(outer) => overridden = outer,
                None => return Ok(()),
            }
        }
        loop {
            match ev.force(def.value) {
                Ok(value) => def.value = value,
                Err(error) if error.is_unknown() => {
                    def.doubt = def.doubt.or_else(|| Some(self.doubt(error, def.spot, true)));
                    out.push(def);
                    return Ok(());
                }
                Err(error) => return Err(Stop::Failed(error, def.spot)),
            }
            let failed = |error| Stop::new(error, def.spot);
            let property = self.property(ev, def.value).map_err(failed)?;
            let free = !overridden && !ordered;
            let inside = match property {
                Some(_) => def.spot.inside_property(ev),
                None => def.spot,
            };
            match property {
                Some(Property::If { condition, content }) if free => {
                    if !self.holds(ev, condition, def.spot, &mut def.doubt)? {
                        return Ok(());
                    }
                    def.value = content;
                }
                Some(Property::Merge { contents }) if free => {
                    let contents = ev.force_list(contents).map_err(failed)?;
                    for (index, value) in contents.as_slice().iter().enumerate() {
                        let part = Def { value: *value, spot: inside.element(ev, index), ..def };
                        deep(|| self.discharge(ev, part, out))?;
                    }
                    return Ok(());
                }
                Some(Property::Definition { file, value }) if free => {
                    let file = ev.to_str(file).and_then(|file| ev.force_str(file));
                    def.file = self.text(&file.map_err(failed)?.to_string_lossy());
                    def.value = value;
                }
                Some(Property::Override { priority, content }) if free => {
                    let priority = self.strength(ev, priority, def.spot)?;
                    def.priority = def.priority.or(Some(priority));
                    def.value = content;
                    overridden = true;
                }
                Some(Property::Order { priority, content }) if !ordered => {
                    let priority = self.strength(ev, priority, def.spot)?;
                    def.order = def.order.or(Some(priority));
                    def.value = content;
                    ordered = true;
                }
                _ => {
                    out.push(def);
                    return Ok(());
                }
            }
            def.spot = inside;
        }
    }

    /// Takes off what a definition was found under, and tells whether that
    /// gave it a priority; `None` if it does not count.
    fn discharge_outer(
        &self,
        ev: &mut Evaluator<'h>,
        def: &mut Def<'h>,
    ) -> Result<Option<bool>, Stop> {
        let mut overridden = false;
        let mut all = Vec::new();
        let mut next = def.under.take();
        while let Some(under) = next {
            all.push(under);
            next = under.outer;
        }
        while let Some(under) = all.pop() {
            match under.property {
                Property::If { condition, .. } if !overridden => {
                    if !self.holds(ev, condition, under.spot, &mut def.doubt)? {
                        return Ok(None);
                    }
                }
                Property::Override { priority, .. } if !overridden => {
                    let priority = self.strength(ev, priority, under.spot)?;
                    def.priority = def.priority.or(Some(priority));
                    overridden = true;
                }
                _ => {
                    def.value = self.wrap(ev, under.property, def.value, &all);
                    break;
                }
            }
        }
        Ok(Some(overridden))
    }

    /// A value with the properties around it that it was found under.
    pub(crate) fn wrapped(&self, ev: &mut Evaluator<'h>, def: &Def<'h>) -> Value<'h> {
        let mut value = def.value;
        let mut next = def.under;
        while let Some(under) = next {
            value = self.wrap(ev, under.property, value, &[]);
            next = under.outer;
        }
        value
    }

    /// Puts properties around a value: `outer` around the `inner` ones, of
    /// which the innermost comes first.
    fn wrap(
        &self,
        ev: &mut Evaluator<'h>,
        outer: Property<'h>,
        value: Value<'h>,
        inner: &[&Under<'h>],
    ) -> Value<'h> {
        let properties = inner.iter().map(|under| under.property).chain([outer]);
        let mut value = value;
        for property in properties {
            let (tag, name, with) = match property {
                Property::If { condition, .. } => ("if", "condition", condition),
                Property::Override { priority, .. } => ("override", "priority", priority),
                _ => continue,
            };
            let tag = ev.str(tag);
            value = ev.attrs(&[("_type", tag), (name, with), ("content", value)]);
        }
        value
    }

    /// The number of a priority or an order.
    fn strength(&self, ev: &mut Evaluator<'h>, value: Value<'h>, spot: Spot) -> Result<i64, Stop> {
        ev.force_int(value).map_err(|error| Stop::new(error, spot))
    }

    /// Whether a condition holds, as far as anybody knows.
    fn holds(
        &self,
        ev: &mut Evaluator<'h>,
        condition: Value<'h>,
        spot: Spot,
        doubt: &mut Option<u32>,
    ) -> Result<bool, Stop> {
        match ev.force(condition) {
            Ok(value) => match value.view() {
                View::Bool(bool) => Ok(bool),
                _ => {
                    let found = ev.describe(value);
                    let message = format!("the condition of an mkIf is not a Boolean but {found}");
                    Err(Stop::Failed(Error::type_error(message), spot))
                }
            },
            Err(error) if error.is_unknown() => {
                if doubt.is_none() {
                    let message =
                        error.message().replacen("it depends", "the condition depends", 1);
                    let error = Error::new(error.kind(), message).at(error.data().at);
                    *doubt = Some(self.doubt(error, spot, false));
                }
                Ok(true)
            }
            Err(error) => Err(Stop::Failed(error, spot)),
        }
    }

    /// The definitions of an option that count: without properties, only
    /// those of the strongest priority, in their order. Definitions that may
    /// count are among them, marked by their doubt.
    pub(crate) fn resolve(
        &self,
        ev: &mut Evaluator<'h>,
        defs: &[Def<'h>],
    ) -> Result<Vec<Def<'h>>, Stop> {
        let mut all = Vec::with_capacity(defs.len());
        for def in defs {
            self.discharge(ev, *def, &mut all)?;
        }
        if all.len() > 1 || all.iter().any(|def| def.priority.is_some()) {
            let certain = all.iter().filter(|def| def.doubt.is_none());
            if let Some(strongest) = certain.map(Def::effective_priority).min() {
                all.retain(|def| def.effective_priority() <= strongest);
            }
            if all.iter().any(|def| def.order.is_some()) {
                all.sort_by_key(|def| def.order.unwrap_or(DEFAULT_ORDER));
            }
        }
        Ok(all)
    }

    /// Pushes the properties of a set of options down to its attributes: the
    /// sets it consists of, each with what its attributes inherit.
    pub(crate) fn push_down(
        &self,
        ev: &mut Evaluator<'h>,
        def: Def<'h>,
        loc: Loc<'h>,
        out: &mut Vec<(Attrs<'h>, Def<'h>)>,
    ) -> Result<(), Stop> {
        let mut def = def;
        loop {
            let failed = |error| Stop::new(error, def.spot);
            def.value = ev.force(def.value).map_err(failed)?;
            let strict = loc::world(loc).is_some();
            let property = match self.property(ev, def.value).map_err(failed)? {
                None | Some(Property::Definition { .. }) => break,
                // It belongs on the definition of an option.
                Some(Property::Order { .. }) if strict => break,
                Some(property) => property,
            };
            let inside = def.spot.inside_property(ev);
            match property {
                Property::Merge { contents } => {
                    let contents = ev.force_list(contents).map_err(failed)?;
                    for (index, value) in contents.as_slice().iter().enumerate() {
                        let part = Def { value: *value, spot: inside.element(ev, index), ..def };
                        deep(|| self.push_down(ev, part, loc, out))?;
                    }
                    return Ok(());
                }
                Property::If { content, .. }
                | Property::Override { content, .. }
                | Property::Order { content, .. }
                | Property::Definition { value: content, .. } => {
                    let outer = def.under;
                    def.under = Some(self.heap.alloc(Under { property, spot: def.spot, outer }));
                    def.value = content;
                }
            }
            def.spot = inside;
        }
        match def.value.view() {
            View::Attrs(set) => {
                out.push((set, def));
                Ok(())
            }
            _ => Err(Stop::Problem(self.not_a_set(ev, def, loc))),
        }
    }

    fn not_a_set(
        &self,
        ev: &Evaluator<'h>,
        def: Def<'h>,
        loc: Loc<'h>,
    ) -> Box<conex_model::Diagnostic> {
        let kind = ev.describe_kind(def.value);
        let summary = match loc {
            Some(_) => {
                format!("`{}' is a set of options, but it is defined as {kind}", loc::show(ev, loc))
            }
            None => format!("A module must be a set of options, but this one is {kind}"),
        };
        self.problem(ev, Code::InvalidModule, summary, loc, def.spot)
    }
}

/// Runs `f` with enough native stack: the nesting of what is merged is up to
/// its author.
pub(crate) fn deep<R>(f: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(128 * 1024, 4 * 1024 * 1024, f)
}
