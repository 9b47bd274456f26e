//! The source texts of an evaluation, and positions in them.
//!
//! Two numberings run through all texts, in the order in which they were
//! loaded: of bytes ([`SourceMap::position`], what attributes carry) and of
//! expressions ([`ExprPos`], what errors carry). A number is decoded only when
//! somebody needs to see it.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use conex_parser::ir::{ExprId, Ir};
use conex_parser::{LineColumn, Span, SyntaxError};

use crate::texts::{Lowered, Text};

use crate::ran::Ran;

/// An expression of any source text of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExprPos(u32);

impl ExprPos {
    /// No expression.
    pub const NONE: Self = Self(0);
}

/// Marks a position that conex keeps and Nix does not: `mapAttrs` loses the
/// positions of attributes for programs, but not for messages.
const HIDDEN: u32 = 1 << 31;

/// The position for messages only.
pub(crate) fn hidden(position: u32) -> u32 {
    if position == 0 { 0 } else { position | HIDDEN }
}

/// The position as programs see it: 0 when there is none for them.
pub(crate) fn visible(position: u32) -> u32 {
    if position & HIDDEN == 0 { position } else { 0 }
}

/// A source text that was parsed and lowered.
#[derive(Debug)]
pub struct Module {
    /// What people call it: a path, or `«string»`.
    pub name: Arc<str>,
    /// The file, if it is one.
    pub path: Option<PathBuf>,
    /// Where relative paths start.
    pub directory: PathBuf,
    /// The text.
    pub text: Arc<str>,
    /// The lowered text.
    pub ir: Rc<Ir>,
    /// Why Nix would refuse it.
    pub errors: Rc<[SyntaxError]>,
    /// What else is known of the text.
    pub read: Rc<Text>,
    /// Whether it was read for a look only ([`crate::Evaluator::quietly`]):
    /// mistakes in it are nobody's concern.
    pub quiet: bool,
    /// Which parts of it ran, if that is followed.
    pub ran: Option<Ran>,
    first_position: u32,
    first_expr: u32,
}

impl Module {
    /// A module that is not in a [`SourceMap`] yet.
    pub(crate) fn new(
        name: Arc<str>,
        path: Option<PathBuf>,
        directory: PathBuf,
        text: Arc<str>,
        (read, lowered): (Rc<Text>, Lowered),
    ) -> Self {
        Self {
            name,
            path,
            directory,
            text,
            ir: lowered.ir,
            errors: lowered.errors,
            read,
            quiet: false,
            ran: None,
            first_position: 0,
            first_expr: 0,
        }
    }

    /// The number of an expression among those of all texts.
    pub fn expr_pos(&self, id: ExprId) -> ExprPos {
        ExprPos(self.first_expr + id.0)
    }

    /// The number of a byte among those of all texts.
    pub fn position(&self, offset: u32) -> u32 {
        self.first_position + offset
    }

    /// The line and column of an offset.
    pub fn line_column(&self, offset: u32) -> LineColumn {
        self.read.lines().line_column(offset)
    }

    /// The source text of a span.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }
}

/// All source texts of an evaluation.
#[derive(Default)]
pub struct SourceMap<'h> {
    modules: Vec<&'h Module>,
    positions: u32,
    exprs: u32,
}

impl<'h> SourceMap<'h> {
    /// Gives a module its numbers.
    pub(crate) fn number(&mut self, module: &mut Module) {
        // 0 stands for "no position" in both numberings.
        module.first_position = self.positions + 1;
        module.first_expr = self.exprs + 1;
        self.positions += module.text.len() as u32 + 1;
        self.exprs += module.ir.exprs.len() as u32 + 1;
    }

    /// Adds a module that has its numbers.
    pub(crate) fn add(&mut self, module: &'h Module) {
        self.modules.push(module);
    }

    /// All modules, in the order in which they were loaded.
    pub fn modules(&self) -> &[&'h Module] {
        &self.modules
    }

    /// The text and offset of a position; `None` for position 0.
    pub fn position(&self, position: u32) -> Option<(&'h Module, u32)> {
        let position = position & !HIDDEN;
        let after = self.modules.partition_point(|m| m.first_position <= position);
        let module = self.modules.get(after.checked_sub(1)?)?;
        Some((module, position - module.first_position))
    }

    /// The text and expression of an expression number.
    pub fn expr(&self, at: ExprPos) -> Option<(&'h Module, ExprId)> {
        let after = self.modules.partition_point(|m| m.first_expr <= at.0);
        let module = self.modules.get(after.checked_sub(1)?)?;
        Some((module, ExprId(at.0 - module.first_expr)))
    }

    /// The text and span of an expression number.
    pub fn span(&self, at: ExprPos) -> Option<(&'h Module, Span)> {
        let (module, id) = self.expr(at)?;
        Some((module, *module.ir.spans.get(id.0 as usize)?))
    }

    /// The module that was read from `path`.
    pub fn module(&self, path: &Path) -> Option<&'h Module> {
        self.modules.iter().copied().find(|m| m.path.as_deref() == Some(path))
    }
}
