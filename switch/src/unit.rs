//! Unit files, read as switch-to-configuration reads them: not quite as systemd
//! does, but it is the one that decides.

use std::collections::BTreeMap;

use ini::{Ini, ParseOption};

/// A unit with its drop-ins, without its `[Install]` section.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unit {
    /// The values of each key of each section, in their order. An empty value
    /// takes away those before it.
    pub(crate) sections: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

/// Why a text is no unit for NixOS: the switch ends there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct UnitError {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl Unit {
    /// One that says nothing.
    pub(crate) const fn empty() -> Self {
        Self { sections: BTreeMap::new() }
    }

    /// Reads a unit file and then its drop-ins, which add to what is there.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, UnitError> {
        let mut unit = Self::default();
        for text in texts {
            unit.add(text)?;
        }
        Ok(unit)
    }

    fn add(&mut self, text: &str) -> Result<(), UnitError> {
        // Escapes are systemd's: they stand in names of devices and mounts.
        let option =
            ParseOption { enabled_quote: true, enabled_escape: false, ..ParseOption::default() };
        let ini = Ini::load_from_str_opt(text, option).map_err(|error| UnitError {
            line: error.line,
            column: error.col,
            message: error.msg.into_owned(),
        })?;
        for (section, properties) in ini.iter() {
            let Some(section) = section.filter(|section| *section != "Install") else { continue };
            let keys = self.sections.entry(section.to_owned()).or_default();
            for (key, value) in properties.iter() {
                let values = keys.entry(key.to_owned()).or_default();
                match value {
                    "" => values.clear(),
                    value => values.push(value.to_owned()),
                }
            }
        }
        Ok(())
    }

    /// The values of a key.
    pub fn values(&self, section: &str, key: &str) -> &[String] {
        self.sections.get(section).and_then(|keys| keys.get(key)).map_or(&[], Vec::as_slice)
    }

    /// The words of all values of a key.
    pub fn words(&self, section: &str, key: &str) -> impl Iterator<Item = &str> {
        self.values(section, key).iter().flat_map(|value| value.split_whitespace())
    }

    /// A Boolean, which counts as its last value says.
    pub fn flag(&self, section: &str, key: &str, default: bool) -> bool {
        match self.values(section, key).last() {
            Some(value) => matches!(value.as_str(), "1" | "yes" | "true" | "on"),
            None => default,
        }
    }
}
