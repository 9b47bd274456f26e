//! The Nix files that a text names by a literal path.

use super::walk::Walker;
use crate::Span;
use crate::ir::{BinaryOp, Range, TextId};
use crate::syntax::ast::{Name, Node, NodeId};

/// A Nix file that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFile {
    /// The path as written: absolute, relative to the directory of the text,
    /// or beginning with `~/`.
    pub path: String,
    /// Where.
    pub span: Span,
    /// How sure it is that it is read.
    pub certainty: Certainty,
}

/// How sure it is that a file that a text names is read as Nix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// It need not be there, or may be something else.
    Perhaps,
    /// It is, if some condition holds.
    Conditional,
    /// It is.
    Sure,
}

/// The functions of `lib` whose last argument counts only if the one before
/// does.
const CONDITIONS: [&str; 5] = ["optional", "optionals", "optionalAttrs", "optionalString", "mkIf"];

impl Walker<'_> {
    /// Whether `import` and the like stand where they may not be evaluated.
    pub(super) fn in_doubt<R>(&mut self, walk: impl FnOnce(&mut Self) -> R) -> R {
        self.doubt += 1;
        let result = walk(self);
        self.doubt -= 1;
        result
    }

    /// Looks at a call before its parts are looked at.
    pub(super) fn called(&mut self, function: NodeId, arguments: &[NodeId]) {
        let Some(&first) = arguments.first() else { return };
        let Node::Path(path) = self.ast.node(first) else { return };
        if self.is_builtin(function, "import") {
            let certainty = self.certainty();
            self.name_file(path, self.ast.span(first), certainty);
        } else if self.last_name(function) == Some("callPackage") {
            self.name_file(path, self.ast.span(first), Certainty::Perhaps);
        } else if self.is_builtin(function, "pathExists") {
            self.asked_for.insert(self.ast.texts[path.0 as usize].to_string());
        }
    }

    /// Whether the last argument of a call counts only sometimes.
    pub(super) fn is_conditional(&self, function: NodeId) -> bool {
        self.last_name(function).is_some_and(|name| CONDITIONS.contains(&name))
    }

    /// Looks at the value of an attribute that may name modules.
    pub(super) fn attribute(&mut self, name: &str, value: NodeId) {
        match name {
            "imports" => {
                let certainty = self.certainty();
                self.modules(value, certainty);
            }
            "modules" => self.modules(value, Certainty::Perhaps),
            // Of a container, named or in a function of its name.
            "config" if matches!(self.below_containers, Some(0 | 1)) => {
                let certainty = self.certainty();
                self.module(value, certainty);
            }
            "config" => self.module(value, Certainty::Perhaps),
            _ => {}
        }
    }

    fn certainty(&self) -> Certainty {
        if self.doubt > 0 { Certainty::Conditional } else { Certainty::Sure }
    }

    /// A list of modules.
    fn modules(&mut self, list: NodeId, certainty: Certainty) {
        let doubtful = certainty.min(Certainty::Conditional);
        match self.ast.node(list) {
            Node::List(items) => {
                for i in items.indices() {
                    self.module(self.ast.items[i], certainty);
                }
            }
            Node::Binary(BinaryOp::Concat, left, right) => super::walk::grow(|| {
                self.modules(left, certainty);
                self.modules(right, certainty);
            }),
            Node::If(_, consequence, alternative) => super::walk::grow(|| {
                self.modules(consequence, doubtful);
                self.modules(alternative, doubtful);
            }),
            Node::Let(_, body) | Node::With(_, body) | Node::Assert(_, body) => {
                super::walk::grow(|| self.modules(body, certainty));
            }
            Node::Call(call) => {
                let call = &self.ast.calls[call as usize];
                let (function, last) = (call.function, call.arguments.last().copied());
                match (self.last_name(function), last) {
                    (Some("optional"), Some(last)) => self.module(last, doubtful),
                    (Some("optionals" | "mkIf"), Some(last)) => {
                        super::walk::grow(|| self.modules(last, doubtful));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// A module, if it is a literal path. Other programs have lists of imports
    /// as well, of files of their own.
    fn module(&mut self, module: NodeId, certainty: Certainty) {
        if let Node::Path(path) = self.ast.node(module) {
            let text = &self.ast.texts[path.0 as usize];
            let name = text.rsplit('/').next().unwrap_or(text);
            let module_like = name.ends_with(".nix") || !name.trim_matches('.').contains('.');
            let certainty = if module_like { certainty } else { Certainty::Perhaps };
            self.name_file(path, self.ast.span(module), certainty);
        }
    }

    fn name_file(&mut self, path: TextId, span: Span, certainty: Certainty) {
        let path = self.ast.texts[path.0 as usize].to_string();
        self.files.push(NamedFile { path, span, certainty });
    }

    /// Whether a function is the global of this name, or that of `builtins`.
    fn is_builtin(&self, function: NodeId, wanted: &str) -> bool {
        let global = |node, wanted: &str| match self.ast.node(node) {
            Node::Variable(name) => {
                self.symbols.text(name) == wanted && self.scopes.find(name).is_none()
            }
            _ => false,
        };
        match self.ast.node(function) {
            Node::Select { base, path, default: None } => {
                global(base, "builtins") && path.len() == 1 && self.step(path) == Some(wanted)
            }
            _ => global(function, wanted),
        }
    }

    /// The name that a function is called by.
    fn last_name(&self, function: NodeId) -> Option<&str> {
        match self.ast.node(function) {
            Node::Variable(name) => Some(self.symbols.text(name)),
            Node::Select { path, .. } => self.step(path),
            _ => None,
        }
    }

    /// The last step of a path.
    fn step(&self, path: Range) -> Option<&str> {
        match self.ast.steps[path.indices()].last()?.name {
            Name::Known(name) => Some(self.symbols.text(name)),
            _ => None,
        }
    }
}
