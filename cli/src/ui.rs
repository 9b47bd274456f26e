//! Where output goes, and whether it has colours.

use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};

use anstyle::{AnsiColor, Style};

use crate::command_error::{CommandError, Kind, Result};

/// Both output streams.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ui {
    /// How to write on standard output.
    pub(crate) stdout: Theme,
    /// How to write on standard error.
    pub(crate) stderr: Theme,
}

/// Whether there are colours.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Theme {
    colour: bool,
}

/// What a piece of output says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Create,
    Change,
    Destroy,
    Heading,
    Faint,
    Error,
    Warning,
}

/// A text in the colour of its role.
#[derive(Debug)]
pub(crate) struct Painted<T> {
    style: Option<Style>,
    text: T,
}

impl Ui {
    /// No colours anywhere.
    #[cfg(test)]
    pub(crate) const PLAIN: Self =
        Self { stdout: Theme { colour: false }, stderr: Theme { colour: false } };

    /// Colours are for terminals whose user did not object
    /// (<https://no-color.org>).
    pub(crate) fn detect(no_color: bool) -> Self {
        let refused = no_color
            || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        Self {
            stdout: Theme { colour: !refused && io::stdout().is_terminal() },
            stderr: Theme { colour: !refused && io::stderr().is_terminal() },
        }
    }

    /// Writes data, all at once.
    pub(crate) fn print(&self, text: &str) -> Result<()> {
        self.print_bytes(text.as_bytes())
    }

    /// Writes data that need not be text.
    pub(crate) fn print_bytes(&self, bytes: &[u8]) -> Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(bytes)?;
        stdout.flush()?;
        Ok(())
    }

    /// Writes what is no data. That nobody reads it must not stop what is
    /// being done, so a failure is ignored.
    pub(crate) fn note(&self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Reports why a command failed.
    pub(crate) fn error(&self, error: &CommandError) {
        if !matches!(error.kind(), Kind::BrokenPipe | Kind::Evaluation) {
            let word = self.stderr.paint(Role::Error, "Error:");
            self.note(&format!("{word} {}\n", printable(&error.to_string())));
        }
    }
}

impl Theme {
    /// No colours, for texts that are no output of their own.
    pub(crate) const PLAIN: Self = Self { colour: false };

    pub(crate) fn has_colour(self) -> bool {
        self.colour
    }

    pub(crate) fn paint<T: fmt::Display>(self, role: Role, text: T) -> Painted<T> {
        Painted { style: self.colour.then(|| role.style()), text }
    }
}

impl Role {
    fn style(self) -> Style {
        let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
        match self {
            Self::Create => colour(AnsiColor::Green),
            Self::Change | Self::Warning => colour(AnsiColor::Yellow),
            Self::Destroy => colour(AnsiColor::Red),
            Self::Heading => Style::new().bold(),
            Self::Faint => Style::new().dimmed(),
            Self::Error => colour(AnsiColor::Red).bold(),
        }
    }
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.style {
            Some(style) => write!(f, "{style}{}{style:#}", self.text),
            None => self.text.fmt(f),
        }
    }
}

/// Reports that conex itself is wrong.
pub(crate) fn bug(panic: &std::panic::PanicHookInfo<'_>) {
    let what = panic.payload_as_str().unwrap_or("no reason given");
    let place = panic.location().map(|place| format!(" ({}:{})", place.file(), place.line()));
    let place = place.unwrap_or_default();
    let text = format!("Error: this is a bug in conex{place}: {}\n", printable(what));
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// A text from elsewhere without the characters that would steer a terminal or
/// turn the order of the others around. Each becomes as many `?` as it has
/// bytes: offsets stay right.
pub(crate) fn printable(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.chars().any(steers) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let line_end = c == '\r' && matches!(rest.peek(), Some('\n') | None);
        if steers(c) && !line_end {
            out.extend(std::iter::repeat_n('?', c.len_utf8()));
        } else {
            out.push(c);
        }
    }
    out.into()
}

/// A message of an evaluation as Nix writes it where there are no colours:
/// without escape sequences, and with blanks for tabs.
pub(crate) fn logged(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut width = 0;
    // Null bytes are not to be lost with the escape sequences.
    let parts = text.split('\0').map(|part| anstream::adapter::strip_str(part).to_string());
    for c in parts.collect::<Vec<_>>().join("\0").chars() {
        match c {
            '\r' | '\u{7}' => {}
            '\t' => {
                let blanks = 8 - width % 8;
                out.extend(std::iter::repeat_n(' ', blanks));
                width += blanks;
            }
            // Line ends have no width and begin none.
            '\n' => out.push(c),
            c => {
                out.push(c);
                width += 1;
            }
        }
    }
    printable(&out).into_owned()
}

/// Whether a character does more to a terminal than to appear on it.
pub(crate) fn steers(c: char) -> bool {
    let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (c.is_control() && !matches!(c, '\n' | '\t' | '\0'))
}

/// `1 error`, `2 errors`.
pub(crate) fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::{logged, printable};

    #[test]
    fn messages_have_no_escapes_and_no_tabs() {
        assert_eq!(logged("\u{1b}[1;31mtrace:\u{1b}[0m a\tb\r\n"), "trace: a        b\n");
    }

    #[test]
    fn what_steers_a_terminal_is_replaced_byte_by_byte() {
        for (text, expected) in [
            ("a\tb\nc\r\nd\r", "a\tb\nc\r\nd\r"),
            ("fine\rerror", "fine?error"),
            ("\u{1b}[31m\u{7f}", "?[31m?"),
            ("\u{9b}31m", "??31m"),
            ("a\u{202e}b", "a???b"),
            ("é", "é"),
        ] {
            assert_eq!(printable(text), expected, "{text:?}");
            assert_eq!(printable(text).len(), text.len(), "{text:?}");
        }
    }
}
