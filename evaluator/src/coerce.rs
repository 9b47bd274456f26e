//! Values → strings.

use crate::call::stack_overflow;
use crate::error::{Error, Place, Result};
use crate::evaluator::Evaluator;
use crate::memory::with_stack;
use crate::memory::{Attrs, ContextElement, Heap, List, Str, Value, View};

/// How much is turned into a string.
#[derive(Clone, Copy)]
pub(crate) struct Coercion {
    /// Also numbers, Booleans, null and lists (`toString`).
    pub(crate) more: bool,
    /// A path becomes the path of its copy in the store.
    pub(crate) copy_to_store: bool,
    /// What for, in the trace of an error.
    pub(crate) context: &'static str,
}

const RESULT: &str = "while evaluating the result of the `__toString` attribute";
const ELEMENT: &str = "while evaluating one element of the list";

impl Coercion {
    /// What `"${…}"` and `+` do.
    pub(crate) const INTERPOLATE: Self =
        Self { more: false, copy_to_store: true, context: "while evaluating a path segment" };
    /// What `toString` does.
    pub(crate) const TO_STRING: Self = Self {
        more: true,
        copy_to_store: false,
        context: "while evaluating the first argument passed to builtins.toString",
    };
    /// Strings and paths as they are.
    pub(crate) const PLAIN: Self = Self { more: false, copy_to_store: false, context: "" };

    /// The same, for something else.
    pub(crate) const fn because(self, context: &'static str) -> Self {
        Self { context, ..self }
    }
}

/// From this length on a string in the making grows by a part of its length:
/// to double it would take more memory than time.
const LONG: usize = 1 << 20;

/// A string with context in the making.
#[derive(Default)]
pub(crate) struct StringBuilder<'h> {
    bytes: Vec<u8>,
    context: Vec<ContextElement<'h>>,
}

impl<'h> StringBuilder<'h> {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let (len, room) = (self.bytes.len(), self.bytes.capacity() - self.bytes.len());
        if len > LONG && room < bytes.len() {
            self.bytes.reserve_exact(bytes.len().max(len / 4));
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// How many bytes it has so far.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn push_str(&mut self, string: Str<'h>) {
        self.bytes.extend_from_slice(string.bytes());
        self.depend(string);
    }

    /// Takes over only the context.
    pub(crate) fn depend(&mut self, string: Str<'h>) {
        if let Some(context) = string.context() {
            self.context.extend_from_slice(context);
        }
    }

    /// Takes over the context of another string; gives its bytes.
    pub(crate) fn absorb(&mut self, other: Self) -> Vec<u8> {
        self.context.extend(other.context);
        other.bytes
    }

    /// What the string depends on so far, in any order.
    pub(crate) fn context(&self) -> &[ContextElement<'h>] {
        &self.context
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(crate) fn finish(mut self, heap: &'h Heap) -> Value<'h> {
        if self.context.is_empty() {
            return Value::str(heap, &self.bytes);
        }
        self.context.sort_unstable();
        self.context.dedup();
        Str::new(heap, &self.bytes, Some(heap.context(&self.context))).into()
    }
}

impl<'h> Evaluator<'h> {
    /// The string that a value becomes, as `toString` makes it.
    pub fn to_str(&mut self, value: Value<'h>) -> Result<Value<'h>> {
        self.coerce(value, Coercion::TO_STRING)
    }

    pub(crate) fn coerce(&mut self, value: Value<'h>, how: Coercion) -> Result<Value<'h>> {
        if let View::Str(_) = value.resolved().view() {
            return Ok(value.resolved());
        }
        let mut string = StringBuilder::default();
        self.coerce_into(&mut string, value, how)?;
        Ok(string.finish(self.heap))
    }

    /// Appends the string that `value` becomes.
    pub(crate) fn coerce_into(
        &mut self,
        string: &mut StringBuilder<'h>,
        value: Value<'h>,
        how: Coercion,
    ) -> Result<()> {
        if let View::Str(text) = value.view() {
            self.admit(string.len() + text.bytes().len())?;
            string.push_str(text);
            return Ok(());
        }
        self.tick()?;
        if self.call_depth > self.settings.max_call_depth {
            return Err(stack_overflow().pending());
        }
        self.call_depth += 1;
        let result = self.coerce_other(string, value, how);
        self.call_depth -= 1;
        result
    }

    fn coerce_other(
        &mut self,
        string: &mut StringBuilder<'h>,
        value: Value<'h>,
        how: Coercion,
    ) -> Result<()> {
        let value = self.force(value)?;
        match value.view() {
            View::Str(text) => string.push_str(text),
            View::Path(path) if how.copy_to_store => {
                let text = String::from_utf8_lossy(path).into_owned();
                let copied = self.copied_path(&text)?;
                string.push_str(self.force_str(copied)?);
            }
            View::Path(path) => string.push(path),
            View::Attrs(set) => return self.coerce_set(string, set, value, how),
            View::Int(int) if how.more => string.push(int.to_string().as_bytes()),
            View::Float(float) if how.more => string.push(fixed(float).as_bytes()),
            View::Bool(true) if how.more => string.push(b"1"),
            View::Bool(false) | View::Null if how.more => {}
            View::List(list) if how.more => {
                return with_stack(|| self.coerce_list(string, list, how));
            }
            _ => return Err(self.cannot_coerce(value, how)),
        }
        Ok(())
    }

    fn coerce_set(
        &mut self,
        string: &mut StringBuilder<'h>,
        set: Attrs<'h>,
        value: Value<'h>,
        how: Coercion,
    ) -> Result<()> {
        let names = self.names;
        if let Some(attr) = self.attr(set, names.to_string)? {
            let text = self.call(attr.value, &[value])?;
            return with_stack(|| self.coerce_into(string, text, how.because(RESULT)));
        }
        match self.attr(set, names.out_path)? {
            Some(attr) => with_stack(|| self.coerce_into(string, attr.value, how)),
            None => Err(self.cannot_coerce(value, how)),
        }
    }

    /// Nix puts a space behind each element except the last and except an
    /// empty list, so `toString [ "x" [ ] ]` is `"x "`.
    fn coerce_list(
        &mut self,
        string: &mut StringBuilder<'h>,
        list: List<'h>,
        how: Coercion,
    ) -> Result<()> {
        let elements = list.as_slice();
        for (index, element) in elements.iter().enumerate() {
            let element = self
                .force(*element)
                .and_then(|element| {
                    self.coerce_into(string, element, how.because(ELEMENT))?;
                    Ok(element)
                })
                .map_err(|error| error.context(how.context, Place::Pending))?;
            let empty = matches!(element.view(), View::List(inner) if inner.is_empty());
            if index + 1 < elements.len() && !empty {
                string.push(b" ");
            }
        }
        Ok(())
    }

    fn cannot_coerce(&mut self, value: Value<'h>, how: Coercion) -> Error {
        let (kind, value) = (self.describe_kind(value), self.show(value));
        Error::type_error(format!("cannot coerce {kind} to a string: {value}"))
            .context(how.context, Place::Pending)
    }

    /// What is appended to a path: no context allowed.
    pub(crate) fn coerce_to_path_part(&mut self, value: Value<'h>) -> Result<Vec<u8>> {
        let mut string = StringBuilder::default();
        self.coerce_into(
            &mut string,
            value,
            Coercion::PLAIN.because(Coercion::INTERPOLATE.context),
        )?;
        if !string.context.is_empty() {
            let message = "a string that refers to a store path cannot be appended to a path";
            return Err(Error::type_error(message));
        }
        Ok(string.into_bytes())
    }

    /// An absolute path for what `context` says.
    pub(crate) fn path_for(&mut self, value: Value<'h>, context: &'static str) -> Result<String> {
        let value = self.force(value).map_err(|error| error.demand(context))?;
        let value = self.coerce(value, Coercion::PLAIN.because(context))?;
        let text = self.force_str(value)?;
        let text = text.to_string_lossy();
        if !text.starts_with('/') {
            let message = format!("string '{text}' doesn't represent an absolute path");
            return Err(Error::type_error(message).context(context, Place::Pending));
        }
        Ok(crate::path::canonical(&text))
    }

    /// Evaluates and demands a number.
    pub(crate) fn force_float(&mut self, value: Value<'h>) -> Result<f64> {
        let value = self.force(value)?;
        match value.view() {
            View::Int(int) => Ok(int as f64),
            View::Float(float) => Ok(float),
            _ => Err(self.expected("a float", value).pending()),
        }
    }
}

/// A float with six digits behind the point, as C writes it.
fn fixed(float: f64) -> String {
    match (float.is_nan(), float.is_sign_negative()) {
        (true, true) => "-nan".into(),
        (true, false) => "nan".into(),
        (false, _) => format!("{float:.6}"),
    }
}
