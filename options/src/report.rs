//! What is wrong, and the collection of it.
//!
//! Merging does not stop at the first problem: whoever can go on without the
//! value reports why there is none and goes on.

use conex_evaluator::{Error, ErrorKind, Evaluator, View};
use conex_model::{Code, Diagnostic, Place, Related};
use conex_parser::{ErrorKind as SyntaxErrorKind, Span, SyntaxError};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::loc::{self, Loc};
use crate::spot::{self, Spot};
use crate::suggest;
use crate::system::System;

/// The kind of finding that a failed evaluation is.
fn failure_code(kind: ErrorKind) -> Code {
    match kind {
        ErrorKind::Throw => Code::Throw,
        ErrorKind::Assert => Code::FailedAssert,
        ErrorKind::Abort => Code::Abort,
        ErrorKind::Type => Code::Type,
        ErrorKind::MissingAttribute => Code::MissingAttribute,
        ErrorKind::UndefinedVariable => Code::UndefinedVariable,
        ErrorKind::InfiniteRecursion => Code::InfiniteRecursion,
        ErrorKind::StackOverflow => Code::StackOverflow,
        ErrorKind::File => Code::MissingFile,
        ErrorKind::Syntax => Code::Syntax,
        ErrorKind::Limit => Code::Limit,
        ErrorKind::Usage | ErrorKind::Unsupported => Code::Unsupported,
        ErrorKind::Unknown => Code::UnknownValue,
    }
}

/// Arguments that modules of flakes have as a rule.
const OF_FLAKES: [&str; 4] = ["inputs", "outputs", "self", "flake"];
const BY_FLAKES: &str =
    "If a flake gives it by `specialArgs', check the flake, not the file: --flake REF#HOST.";

/// Why there is no value.
pub(crate) enum Stop {
    /// It is not known yet.
    Unknown(Error, Spot),
    /// Its evaluation failed.
    Failed(Error, Spot),
    /// The module system refuses it.
    Problem(Box<Diagnostic>),
    /// It was reported already.
    Reported,
}

impl Stop {
    /// An error that a definition at `spot` ended in.
    pub(crate) fn new(error: Error, spot: Spot) -> Self {
        if error.is_unknown() { Self::Unknown(error, spot) } else { Self::Failed(error, spot) }
    }
}

/// What reading a value ends in of which it was told why there is none.
const REFUSED: &str = "a value that was already refused";

/// The findings so far.
#[derive(Default)]
pub(crate) struct Findings {
    all: Vec<Diagnostic>,
    seen: FxHashSet<(Code, Option<Place>, Option<String>, String)>,
    /// Problems that an evaluation ran into, by message: when it ends in
    /// that message, this is what is to be reported.
    raised: FxHashMap<String, Diagnostic>,
}

impl Findings {
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        let Diagnostic { code, place, address, summary, .. } = &diagnostic;
        if self.seen.insert((*code, place.clone(), address.clone(), summary.clone())) {
            self.all.push(diagnostic);
        }
    }

    /// A failed evaluation is one problem, whatever needed its value.
    fn push_failure(&mut self, diagnostic: Diagnostic) {
        // Once it is given up, nothing more can be evaluated.
        if diagnostic.code == Code::Limit && self.all.iter().any(|found| found.code == Code::Limit)
        {
            return;
        }
        let Diagnostic { code, place, summary, .. } = &diagnostic;
        if self.seen.insert((*code, place.clone(), None, summary.clone())) {
            self.all.push(diagnostic);
        }
    }

    /// Whether there is a finding of this kind about exactly this option.
    pub(crate) fn has(&self, code: Code, address: &str) -> bool {
        self.all.iter().any(|found| found.code == code && found.address.as_deref() == Some(address))
    }

    /// Whether this option was defined under a name like its own.
    fn meant(found: &Diagnostic, set: &str, help: &str) -> bool {
        let beside =
            |address: &str| address.strip_prefix(set).is_some_and(|rest| rest.starts_with('.'));
        found.code == Code::UnknownOption
            && found.help.as_deref() == Some(help)
            && found.address.as_deref().is_some_and(beside)
    }

    /// Whether the definition of this option is one that was refused for its
    /// misspelt name.
    pub(crate) fn misspelt(&self, address: &str) -> bool {
        let Some((set, name)) = address.rsplit_once('.') else { return false };
        let help = format!("Did you mean `{name}'?");
        self.all.iter().any(|found| Self::meant(found, set, &help))
    }

    /// Whether a file was found missing at a place, or at one around it.
    pub(crate) fn has_missing_file(&self, place: &Place) -> bool {
        let around = |found: &Place| {
            found.file == place.file && found.start <= place.start && place.end <= found.end
        };
        let mut missing = self.all.iter().filter(|found| found.code == Code::MissingFile);
        missing.any(|found| found.place.as_ref().is_some_and(around))
    }

    /// Adds advice to the last finding.
    pub(crate) fn help_last(&mut self, help: &str) {
        if let Some(last) = self.all.last_mut() {
            last.help = Some(help.to_owned());
        }
    }

    /// The findings so far.
    pub(crate) fn all(&self) -> &[Diagnostic] {
        &self.all
    }

    /// All findings, in the order of their places.
    pub(crate) fn take(&mut self) -> Vec<Diagnostic> {
        let mut all = std::mem::take(&mut self.all);
        all.sort_by(|a, b| {
            (&a.place, a.code.text(), &a.address).cmp(&(&b.place, b.code.text(), &b.address))
        });
        all
    }
}

impl<'h> System<'h> {
    /// A problem with an option, at a definition of it.
    pub(crate) fn problem(
        &self,
        ev: &Evaluator<'h>,
        code: Code,
        summary: String,
        loc: Loc<'h>,
        spot: Spot,
    ) -> Box<Diagnostic> {
        let mut diagnostic = Diagnostic::new(code, summary).at(self.places.value(ev, spot));
        diagnostic.address = loc.map(|_| loc::show(ev, loc));
        Box::new(diagnostic)
    }

    /// Reports a problem.
    pub(crate) fn report(&self, diagnostic: Diagnostic) {
        self.findings.borrow_mut().push(diagnostic);
    }

    /// A problem that there is a way on from: reported, or raised where
    /// nixpkgs would raise it.
    pub(crate) fn refuse(&self, problem: Box<Diagnostic>, loc: Loc<'h>) -> Result<(), Stop> {
        match loc::world(loc) {
            Some(_) => Err(Stop::Problem(problem)),
            None => {
                self.report(*problem);
                Ok(())
            }
        }
    }

    /// Reports why the option at `loc` has no value. What is only unknown is
    /// no finding.
    pub(crate) fn report_stop(&self, ev: &Evaluator<'h>, stop: Stop, loc: Loc<'h>) {
        if loc::world(loc).is_some() {
            return;
        }
        match stop {
            Stop::Problem(diagnostic) => self.report(*diagnostic),
            Stop::Failed(error, spot) => self.report_failure(ev, &error, spot, loc),
            Stop::Unknown(..) | Stop::Reported => {}
        }
    }

    /// Reports a failed evaluation at the place of the failure.
    pub(crate) fn report_failure(
        &self,
        ev: &Evaluator<'h>,
        error: &Error,
        spot: Spot,
        loc: Loc<'h>,
    ) {
        // All syntax errors of a file are reported together, at the end.
        if error.kind() == ErrorKind::Syntax || error.is_unknown() {
            return;
        }
        if error.kind() == ErrorKind::Throw && error.message() == REFUSED {
            return;
        }
        let raised = self.findings.borrow().raised.get(error.message()).cloned();
        if let Some(mut diagnostic) = raised {
            // An option of the host that has no value: where it is read.
            let read = || self.failure_place(ev, error).or_else(|| self.places.value(ev, spot));
            diagnostic.place = diagnostic.place.or_else(read);
            return self.report(diagnostic);
        }
        let definition = self.places.value(ev, spot);
        let place = self.failure_place(ev, error).or_else(|| definition.clone());
        let code = failure_code(error.kind());
        let mut diagnostic = Diagnostic::new(code, error.message()).at(place.clone());
        diagnostic.address = loc.map(|_| loc::show(ev, loc));
        diagnostic.related = self.trace(ev, error, place.as_ref());
        diagnostic.help = self.advice(ev, error);
        if let Some(definition) = definition.filter(|d| Some(d) != place.as_ref()) {
            let message = match &diagnostic.address {
                Some(address) => format!("while evaluating the definition of {address}"),
                None => "while evaluating this".to_owned(),
            };
            if diagnostic.related.iter().all(|related| related.place != definition) {
                diagnostic.related.push(Related { message, place: definition });
            }
        }
        self.findings.borrow_mut().push_failure(diagnostic);
    }

    /// What to do about a function that `lib` does not have: selected, taken
    /// by `inherit`, or looked for by `with`.
    fn advice(&self, ev: &Evaluator<'h>, error: &Error) -> Option<String> {
        const PARTLY: &str = "conex carries a part of nixpkgs' lib only; give it a nixpkgs (--nixpkgs or -I nixpkgs=…) to use all of it.";
        let message = error.message();
        let argument = message.strip_prefix("the argument `");
        if let Some(argument) = argument.and_then(|rest| rest.split('\'').next()) {
            return OF_FLAKES.contains(&argument).then(|| BY_FLAKES.to_owned());
        }
        let name = match error.kind() {
            ErrorKind::MissingAttribute => match message.strip_prefix("the argument `") {
                Some(rest) => {
                    let argument = rest.split('\'').next()?;
                    return OF_FLAKES.contains(&argument).then(|| BY_FLAKES.to_owned());
                }
                None => message.strip_prefix("attribute '")?,
            },
            ErrorKind::UndefinedVariable => message.strip_prefix("undefined variable '")?,
            _ => return None,
        };
        let name = name.split('\'').next()?;
        let (module, span) = ev.sources().span(error.data().at)?;
        let text = module.slice(span);
        let before = module.text.get(..span.start as usize).unwrap_or_default();
        let inherited = || {
            let (_, from) = before.rsplit_once("inherit")?;
            Some(from.trim_start().starts_with("(lib)") && !from.contains(';'))
        };
        let selected =
            text.strip_prefix("lib.") == Some(name) || text == name && inherited() == Some(true);
        let sought = error.kind() == ErrorKind::UndefinedVariable
            && ["with lib;", "with pkgs.lib;"].iter().any(|with| module.text.contains(with));
        if !selected && !sought {
            return None;
        }
        let View::Attrs(lib) = self.lib.view() else { return None };
        let known = lib.as_slice(self.heap).iter().map(|attr| ev.name(attr.name));
        Some(match suggest::nearest(name, known) {
            Some(near) if selected => format!("Did you mean `lib.{near}'?"),
            _ if selected => PARTLY.to_owned(),
            _ => format!("If `{name}' is a function of lib: {PARTLY}"),
        })
    }

    /// Why a value is unknown. The evaluator names the first attribute that
    /// nobody knows; where the source goes on to select from it, so does the
    /// clause: `it depends on config.services.x.enable`.
    pub(crate) fn clause(&self, ev: &Evaluator<'h>, error: &Error) -> String {
        let message = error.message();
        let longer = || {
            let (start, name) = message.rsplit_once(' ')?;
            let (module, id) = ev.sources().expr(error.data().at)?;
            let text = module.slice(*module.ir.spans.get(id.0 as usize)?);
            let rest = text.strip_prefix(name)?.strip_prefix('.')?;
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '\'');
            rest.chars().all(plain).then(|| format!("{start} {text}"))
        };
        let clause = longer().unwrap_or_else(|| message.to_owned());
        // What is made a string is asked for this first.
        clause.strip_suffix(".__toString").map(str::to_owned).unwrap_or(clause)
    }

    /// Where an evaluation failed: as far in as the user's own files go.
    pub(crate) fn failure_place(&self, ev: &Evaluator<'h>, error: &Error) -> Option<Place> {
        let data = error.data();
        if let Some((module, offset)) = ev.sources().position(data.position)
            && data.position != 0
            && !ev.is_embedded(module)
        {
            let formal = module.ir.formals.iter().find(|formal| formal.span.start == offset);
            let span = match formal {
                Some(formal) => formal.span,
                // A byte that is not part of any character.
                None if error.kind() == ErrorKind::File => Span::new(offset, offset + 1),
                None => Span::at(offset),
            };
            return Some(spot::place(module, span));
        }
        let frames = data.trace.iter().map(|frame| frame.at);
        std::iter::once(data.at).chain(frames).find_map(|at| {
            let (module, _) = ev.sources().expr(at)?;
            if ev.is_embedded(module) { None } else { spot::expr_place(ev, at) }
        })
    }

    fn trace(&self, ev: &Evaluator<'h>, error: &Error, place: Option<&Place>) -> Vec<Related> {
        const FRAMES: usize = 8;
        let mut related: Vec<Related> = Vec::new();
        for frame in &error.data().trace {
            let Some((module, _)) = ev.sources().expr(frame.at) else { continue };
            if ev.is_embedded(module) {
                continue;
            }
            let Some(at) = spot::expr_place(ev, frame.at) else { continue };
            if Some(&at) == place || related.iter().any(|r| r.place == at) {
                continue;
            }
            related.push(Related { message: frame.message.to_string(), place: at });
            if related.len() == FRAMES {
                break;
            }
        }
        related
    }

    /// The error that an expression meets which reads a value that is not
    /// there.
    pub(crate) fn raise(&self, stop: Stop) -> Error {
        match stop {
            Stop::Unknown(error, _) | Stop::Failed(error, _) => error,
            Stop::Problem(diagnostic) => {
                // In nixpkgs these are thrown.
                let error = Error::new(ErrorKind::Throw, diagnostic.summary.clone());
                let key = diagnostic.summary.clone();
                self.findings.borrow_mut().raised.insert(key, *diagnostic);
                error
            }
            Stop::Reported => Error::new(ErrorKind::Throw, REFUSED),
        }
    }

    /// The same for a result.
    pub(crate) fn raised<T>(&self, result: Result<T, Stop>) -> conex_evaluator::Result<T> {
        result.map_err(|stop| self.raise(stop))
    }

    /// Reports the syntax errors of all files that were read to be evaluated.
    pub(crate) fn report_syntax_errors(&self, ev: &Evaluator<'h>) {
        let modules = ev.sources().modules().iter();
        for module in modules.filter(|module| module.path.is_some() && !module.quiet) {
            for error in module.errors.iter() {
                self.report(mistake(error, |span| spot::place(module, span)));
            }
        }
    }
}

/// What Nix refuses a text for.
pub(crate) fn mistake(error: &SyntaxError, place: impl Fn(Span) -> Place) -> Diagnostic {
    let code = match error.kind {
        SyntaxErrorKind::DuplicateAttribute | SyntaxErrorKind::DuplicateFormal => Code::Duplicate,
        SyntaxErrorKind::UndefinedVariable => Code::UndefinedVariable,
        _ => Code::Syntax,
    };
    let mut diagnostic = Diagnostic::new(code, error.message.clone()).at(place(error.span));
    if let Some((span, message)) = &error.related {
        diagnostic.related.push(Related { message: message.clone(), place: place(*span) });
    }
    if let Some(name) = &error.meant {
        suggest::rename(&mut diagnostic, name, true);
    }
    diagnostic
}
