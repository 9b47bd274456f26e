//! What is wrong with a configuration.

use crate::{Code, Place};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Evaluation, the build or the start fails.
    Error,
    /// NixOS accepts it but ignores it or does otherwise than written.
    Warning,
}

/// A finding about a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Its kind.
    pub code: Code,
    /// One sentence.
    pub summary: String,
    /// What more there is to say; may be empty.
    pub detail: String,
    /// The option path, container name included: `containers.web.autoStart`.
    pub address: Option<String>,
    /// The expression at fault.
    pub place: Option<Place>,
    /// Other places that have to do with it.
    pub related: Vec<Related>,
    /// What to do about it, as a sentence.
    pub help: Option<String>,
    /// An edit that mends it.
    pub fix: Option<Fix>,
}

/// A place that has to do with a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// What is there.
    pub message: String,
    /// Where.
    pub place: Place,
}

/// An edit that mends a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does: `rename to autoStart`.
    pub title: String,
    /// The edits, all or none.
    pub edits: Vec<Edit>,
}

/// The replacement of a piece of source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub place: Place,
    /// By what.
    pub text: String,
}

impl Diagnostic {
    /// A finding without place and frills, as bad as its kind is as a rule.
    pub fn new(code: Code, summary: impl Into<String>) -> Self {
        Self {
            severity: code.severity(),
            code,
            summary: summary.into(),
            detail: String::new(),
            address: None,
            place: None,
            related: Vec::new(),
            help: None,
            fix: None,
        }
    }

    /// The same finding at a place.
    #[must_use]
    pub fn at(mut self, place: impl Into<Option<Place>>) -> Self {
        self.place = place.into();
        self
    }
}
