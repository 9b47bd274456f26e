//! What Nix can be asked to frown upon while it parses.

/// What is done about a questionable way to write something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lint {
    /// Nothing.
    #[default]
    Ignore,
    /// Nix warns.
    Warn,
    /// Nix refuses the text.
    Fatal,
}

/// What is done about what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lints {
    /// Unquoted URLs (`lint-url-literals`).
    pub url: Lint,
    /// Relative paths that do not begin with a dot (`lint-short-path-literals`).
    pub short_path: Lint,
    /// Absolute paths and those below the home directory
    /// (`lint-absolute-path-literals`).
    pub absolute_path: Lint,
}

impl Lints {
    /// Sets what is done about what `setting` is the name for; false if there
    /// is no such name or value.
    pub fn set(&mut self, setting: &str, value: &str) -> bool {
        let value = match value {
            "ignore" => Lint::Ignore,
            "warn" => Lint::Warn,
            "fatal" => Lint::Fatal,
            _ => return false,
        };
        match setting {
            "lint-url-literals" => self.url = value,
            "lint-short-path-literals" => self.short_path = value,
            "lint-absolute-path-literals" => self.absolute_path = value,
            _ => return false,
        }
        true
    }
}
