//! What is questionable about a text, as Nix tells it while it parses.

use super::builder::Builder;
use crate::lint::Lint;
use crate::{ErrorKind, Span, Warning, WarningKind};

impl Builder<'_> {
    /// An unquoted URL.
    pub(super) fn lint_url(&mut self, span: Span) {
        let url = self.source_text(span);
        let lint = self.lints.url;
        let how = if lint == Lint::Fatal { "disallowed" } else { "discouraged" };
        self.lint(lint, span, "lint-url-literals", || {
            format!("URL literals are {how}. Consider using a string literal \"{url}\" instead")
        });
    }

    /// The begin of a path.
    pub(super) fn lint_path(&mut self, span: Span) {
        let path = self.source_text(span);
        let kind = match path.as_bytes().first() {
            Some(b'/') => "absolute",
            Some(b'~') => "home",
            Some(b'.') => return,
            _ => {
                return self.lint(self.lints.short_path, span, "lint-short-path-literals", || {
                    format!(
                        "relative path literal '{path}' should be prefixed with '.' for clarity: './{path}'"
                    )
                });
            }
        };
        self.lint(self.lints.absolute_path, span, "lint-absolute-path-literals", || {
            format!(
                "{kind} path literals are not portable. Consider replacing path literal '{path}' by a string, relative path, or parameter"
            )
        });
    }

    fn lint(&mut self, lint: Lint, span: Span, name: &str, message: impl FnOnce() -> String) {
        match lint {
            Lint::Ignore => {}
            Lint::Warn => {
                let text = format!("{} ({name})", message());
                self.warn(WarningKind::Lint, text, span);
            }
            Lint::Fatal => {
                self.error(ErrorKind::Token, format!("{} ({name})", message()), span);
            }
        }
    }

    /// `f or` at symbol `i`, where it stands without parentheses and will one
    /// day mean something else.
    pub(super) fn warn_of_or(&mut self, i: usize) {
        if self.or_calls.is_empty() {
            return;
        }
        let (node, span) = (self.node(i), self.span(i));
        if self.or_calls.contains(&node) && self.ast.span(node) == span {
            self.warn(WarningKind::Or, self.source_text(span).to_owned(), span);
        }
    }

    fn warn(&mut self, kind: WarningKind, text: String, span: Span) {
        // Nix stops at the first mistake.
        if self.errors.is_empty() {
            self.warnings.push(Warning { kind, text, span });
        }
    }
}
