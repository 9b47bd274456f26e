//! What is known of texts by themselves: how they parse, what nothing in them
//! uses, their lines and digests.
//!
//! None of that depends on what is evaluated. Who evaluates much the same
//! again and again, as a language server does at every keystroke, hands it
//! from one [`crate::Evaluator`] to the next. No value is ever kept, and a
//! text that differs in a byte is another one.

use std::cell::{OnceCell, RefCell};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use conex_parser::ir::Ir;
use conex_parser::{Inspection, LineIndex, Options, Symbols, SyntaxError, Warning};
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use crate::store::hex;

/// A text that no evaluation used for so long is forgotten.
const ROUNDS: u32 = 256;

/// So many names are always kept, with those that were typed halfway.
const FEW_NAMES: usize = 1 << 16;

/// A text, and what was found out about it so far.
#[derive(Debug)]
pub struct Text {
    text: Arc<str>,
    lowered: OnceCell<Lowered>,
    mistakes: OnceCell<Vec<SyntaxError>>,
    inspection: OnceCell<Inspection>,
    lines: OnceCell<LineIndex>,
    sha256: OnceCell<String>,
}

/// A text as it is evaluated, with the symbols of one table.
#[derive(Debug, Clone)]
pub(crate) struct Lowered {
    pub(crate) ir: Rc<Ir>,
    pub(crate) errors: Rc<[SyntaxError]>,
    pub(crate) warnings: Rc<[Warning]>,
}

impl Text {
    pub(crate) fn new(text: Arc<str>) -> Self {
        Self {
            text,
            lowered: OnceCell::new(),
            mistakes: OnceCell::new(),
            inspection: OnceCell::new(),
            lines: OnceCell::new(),
            sha256: OnceCell::new(),
        }
    }

    pub(crate) fn lowered(&self, symbols: &mut Symbols, options: &Options<'_>) -> Lowered {
        let lower = || {
            let parsed = conex_parser::parse(&self.text, symbols, options);
            Lowered {
                ir: Rc::new(parsed.ir),
                errors: parsed.errors.into(),
                warnings: parsed.warnings.into(),
            }
        };
        self.lowered.get_or_init(lower).clone()
    }

    /// What makes Nix refuse it, whether it is evaluated or not.
    pub fn mistakes(&self, options: &Options<'_>) -> &[SyntaxError] {
        if let Some(lowered) = self.lowered.get() {
            return &lowered.errors;
        }
        let parse = || conex_parser::parse(&self.text, &mut Symbols::new(), options).errors;
        self.mistakes.get_or_init(parse)
    }

    /// What nothing in it uses, and the files that it names.
    pub fn inspection(&self, options: &Options<'_>) -> &Inspection {
        self.inspection.get_or_init(|| conex_parser::inspect(&self.text, options))
    }

    /// Where its lines begin.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }

    /// Its SHA-256, in hex.
    pub fn sha256(&self) -> &str {
        self.sha256.get_or_init(|| hex(&Sha256::digest(self.text.as_bytes())))
    }
}

/// How texts are read: what was read in another way is not known.
#[derive(Debug, PartialEq, Eq)]
struct How {
    globals: Vec<String>,
    pipe_operators: bool,
    suspend: conex_parser::Suspend,
    lints: conex_parser::Lints,
}

impl How {
    fn is(&self, options: &Options<'_>) -> bool {
        self.globals.iter().map(String::as_str).eq(options.globals.iter().copied())
            && self.pipe_operators == options.pipe_operators
            && self.suspend == options.suspend
            && self.lints == options.lints
    }

    fn of(options: &Options<'_>) -> Self {
        Self {
            globals: options.globals.iter().map(|name| (*name).to_owned()).collect(),
            pipe_operators: options.pipe_operators,
            suspend: options.suspend,
            lints: options.lints,
        }
    }
}

/// The texts of files, by path, each as it was read last.
#[derive(Debug, Default)]
pub struct Texts {
    /// The names in them; an evaluator has them while it is there.
    symbols: Symbols,
    known: RefCell<FxHashMap<PathBuf, (Rc<Text>, u32)>>,
    how: Option<How>,
    round: u32,
    /// How many names there were after the first evaluation.
    names: usize,
}

impl Texts {
    /// The names, for an evaluator, which gives them back at the end.
    pub(crate) fn take_symbols(&mut self) -> Symbols {
        std::mem::take(&mut self.symbols)
    }

    /// Begins an evaluation that reads texts in this way.
    pub(crate) fn begin(&mut self, options: &Options<'_>) {
        if self.how.as_ref().is_none_or(|how| !how.is(options)) {
            self.known.get_mut().clear();
            self.how = Some(How::of(options));
        }
    }

    /// What is known after an evaluation. Names are only ever added to a
    /// table: one that has grown too large goes, and all that refers to it.
    pub(crate) fn end(mut self, symbols: Symbols) -> Self {
        self.symbols = symbols;
        if self.names == 0 {
            self.names = self.symbols.len();
        }
        if self.symbols.len() > FEW_NAMES + 2 * self.names {
            return Self::default();
        }
        self.round += 1;
        let round = self.round;
        self.known.get_mut().retain(|_, (_, used)| round - *used <= ROUNDS);
        self
    }

    /// The text of a file, lowered as the last evaluator would have done it;
    /// `None` if there was none.
    pub fn lowered(&mut self, path: &Path, text: &Arc<str>) -> Option<Rc<Text>> {
        let read = self.get(path, text);
        let how = self.how.as_ref()?;
        let globals: Vec<&str> = how.globals.iter().map(String::as_str).collect();
        let options = Options {
            globals: &globals,
            scope: &[],
            pipe_operators: how.pipe_operators,
            suspend: how.suspend,
            lints: how.lints,
        };
        read.lowered(&mut self.symbols, &options);
        Some(read)
    }

    /// The text of a file.
    pub fn get(&self, path: &Path, text: &Arc<str>) -> Rc<Text> {
        let mut known = self.known.borrow_mut();
        match known.get_mut(path) {
            Some((same, used)) if same.text == *text => {
                *used = self.round;
                same.clone()
            }
            _ => {
                let new = Rc::new(Text::new(text.clone()));
                known.insert(path.to_owned(), (new.clone(), self.round));
                new
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts() -> Texts {
        let mut texts = Texts::default();
        texts.begin(&Options::default());
        texts
    }

    #[test]
    fn the_same_text_is_the_same_and_another_is_not() {
        let texts = texts();
        let (path, text) = (Path::new("/a.nix"), Arc::from("{ a = 1; }"));
        let first = texts.get(path, &text);
        assert!(Rc::ptr_eq(&first, &texts.get(path, &Arc::from("{ a = 1; }"))));
        assert!(!Rc::ptr_eq(&first, &texts.get(path, &Arc::from("{ a = 2; }"))));
        assert!(!Rc::ptr_eq(&first, &texts.get(path, &text)), "only the last one is kept");
    }

    #[test]
    fn what_is_read_in_another_way_is_not_known() {
        let mut texts = texts();
        let (path, text) = (Path::new("/a.nix"), Arc::from("1 |> f"));
        let first = texts.get(path, &text);
        assert!(!first.mistakes(&Options::default()).is_empty());
        let pipes = Options { pipe_operators: true, globals: &["f"], ..Options::default() };
        texts.begin(&pipes);
        assert!(texts.get(path, &text).mistakes(&pipes).is_empty());
    }

    #[test]
    fn what_nobody_uses_is_forgotten() {
        let mut texts = texts();
        let end = |texts: Texts| texts.end(Symbols::new());
        let (path, text) = (Path::new("/a.nix"), Arc::from("1"));
        let first = texts.get(path, &text);
        for _ in 0..ROUNDS {
            texts = end(texts);
        }
        assert!(Rc::ptr_eq(&first, &texts.get(path, &text)));
        for _ in 0..=ROUNDS {
            texts = end(texts);
        }
        assert!(!Rc::ptr_eq(&first, &texts.get(path, &text)));
    }

    #[test]
    fn names_do_not_pile_up_without_end() {
        let mut symbols = Symbols::new();
        symbols.intern("a");
        let mut texts = texts().end(symbols);
        let mut symbols = texts.take_symbols();
        for number in 0..2 * FEW_NAMES {
            symbols.intern(&number.to_string());
        }
        assert!(texts.end(symbols).take_symbols().is_empty());
    }
}
