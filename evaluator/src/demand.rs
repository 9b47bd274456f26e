//! Values of a kind that something demands, with what it is when the value is
//! of another kind: Nix tells that in the trace of the error.

use crate::error::{Error, Place, Result};
use crate::evaluator::Evaluator;
use crate::memory::{Attrs, ContextElement, List, Str, Value, View};

/// What evaluates to a number, string or function of a builtin adds the
/// context to every error; what evaluates to a list or set only when the
/// value is none (`forceInt` and `forceList`).
impl<'h> Evaluator<'h> {
    /// Evaluates and demands a set at a place.
    pub(crate) fn attrs_at(
        &mut self,
        value: Value<'h>,
        context: &'static str,
        place: Place,
    ) -> Result<Attrs<'h>> {
        let value = self.force(value).map_err(|error| error.demanded_at(place))?;
        match value.view() {
            View::Attrs(attrs) => Ok(attrs),
            _ => Err(self.expected("a set", value).context(context, place)),
        }
    }

    /// Evaluates and demands a list at a place.
    pub(crate) fn list_at(
        &mut self,
        value: Value<'h>,
        context: &'static str,
        place: Place,
    ) -> Result<List<'h>> {
        let value = self.force(value).map_err(|error| error.demanded_at(place))?;
        match value.view() {
            View::List(list) => Ok(list),
            _ => Err(self.expected("a list", value).context(context, place)),
        }
    }

    /// A set for a builtin.
    pub(crate) fn demand_attrs(
        &mut self,
        value: Value<'h>,
        context: &'static str,
    ) -> Result<Attrs<'h>> {
        self.attrs_at(value, context, Place::None)
    }

    /// A list for a builtin.
    pub(crate) fn demand_list(
        &mut self,
        value: Value<'h>,
        context: &'static str,
    ) -> Result<List<'h>> {
        self.list_at(value, context, Place::None)
    }

    /// A string for a builtin.
    pub(crate) fn demand_str(
        &mut self,
        value: Value<'h>,
        context: &'static str,
    ) -> Result<Str<'h>> {
        self.force_str(value).map_err(|error| error.demand(context))
    }

    /// A string without context for a builtin.
    pub(crate) fn demand_plain_str(
        &mut self,
        value: Value<'h>,
        context: &'static str,
    ) -> Result<Str<'h>> {
        self.plain_str_at(value, context, Place::None)
    }

    /// A string without context at a place.
    pub(crate) fn plain_str_at(
        &mut self,
        value: Value<'h>,
        context: &'static str,
        place: Place,
    ) -> Result<Str<'h>> {
        let text = self.force_str(value).map_err(|error| error.condition(context, place))?;
        match text.context() {
            Some([first, ..]) => {
                let message = format!(
                    "the string '{}' is not allowed to refer to a store path (such as '{}')",
                    text.to_string_lossy(),
                    first.display()
                );
                Err(Error::type_error(message).context(context, place))
            }
            _ => Ok(text),
        }
    }

    /// An integer for a builtin.
    pub(crate) fn demand_int(&mut self, value: Value<'h>, context: &'static str) -> Result<i64> {
        self.force_int(value).map_err(|error| error.demand(context))
    }

    /// A Boolean for a builtin.
    pub(crate) fn demand_bool(&mut self, value: Value<'h>, context: &'static str) -> Result<bool> {
        self.force_bool(value).map_err(|error| error.demand(context))
    }

    /// A function for a builtin.
    pub(crate) fn demand_function(
        &mut self,
        value: Value<'h>,
        context: &'static str,
    ) -> Result<Value<'h>> {
        self.force_function(value).map_err(|error| error.demand(context))
    }
}

impl ContextElement<'_> {
    /// What a string depends on, for messages.
    fn display(&self) -> String {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match self {
            Self::Opaque(path) => text(path),
            Self::DrvDeep(drv) => format!("{} (deep)", text(drv)),
            Self::Built { drv, output } => format!("{}^{}", text(drv), text(output)),
        }
    }
}
