//! What a value is computed from, as one hash: tells whether a value that is
//! not known yet has changed.
//!
//! A function or a suspended expression is its source text and what it
//! captures, not its place, so that editing one definition leaves the
//! fingerprints of its neighbours alone. Of a captured set of which only
//! `set.a.b` is used, only that counts. Files that the text names count with
//! their content.

mod uses;

use std::path::Path;
use std::rc::Rc;

use conex_parser::ir::LambdaId;
use rustc_hash::{FxHashMap, FxHashSet};
use sha2::{Digest, Sha256};

use crate::code::UnitCode;
use crate::evaluator::Evaluator;
use crate::io::FileKind;
use crate::memory::{Attrs, Captures, Thunk, ThunkState, Value, View};
use crate::source::Module;
use crate::store::hex;
use uses::{PathStep, UnitUses, Use};

/// Files above this size count only with it: a fingerprint must not read a
/// disk image.
const MAX_FILE: u64 = 16 << 20;
/// At most this many values are looked at: a captured value may be endless.
const MAX_VALUES: u32 = 50_000;
/// Directories count with at most this many entries.
const MAX_ENTRIES: usize = 4096;

/// What is remembered between fingerprints.
#[derive(Default)]
pub(crate) struct Fingerprints {
    units: FxHashMap<*const Module, FxHashMap<u32, Rc<UnitUses>>>,
    files: FxHashMap<String, [u8; 32]>,
    /// Values that count only with their names.
    named: FxHashMap<usize, &'static str>,
}

/// One fingerprint in the making.
struct Walk {
    hash: Sha256,
    /// The objects it has been at, so that cycles end; the number stands for
    /// the object when it comes again.
    seen: FxHashMap<usize, u32>,
    files: FxHashSet<String>,
    /// How many more values are looked at.
    left: u32,
    /// Whether suspended values are evaluated. What a definition consists of
    /// counts with its text, what it captures with its value: another
    /// definition may have evaluated that or not, and must not matter.
    forcing: bool,
}

impl Walk {
    fn new() -> Self {
        Self {
            hash: Sha256::new(),
            seen: FxHashMap::default(),
            files: FxHashSet::default(),
            left: MAX_VALUES,
            forcing: false,
        }
    }

    fn tag(&mut self, tag: u8) {
        self.hash.update([tag]);
    }

    /// Bytes with their length, so that neighbours do not run together.
    fn bytes(&mut self, tag: u8, bytes: &[u8]) {
        self.tag(tag);
        self.hash.update((bytes.len() as u64).to_le_bytes());
        self.hash.update(bytes);
    }

    /// Whether an object is new; if not, a reference to it was written.
    fn enter(&mut self, value: Value<'_>) -> bool {
        let next = self.seen.len() as u32;
        match self.seen.get(&value.address()) {
            Some(number) => {
                let number = *number;
                self.bytes(b'@', &number.to_le_bytes());
                false
            }
            None => {
                self.seen.insert(value.address(), next);
                true
            }
        }
    }
}

impl<'h> Evaluator<'h> {
    /// SHA-256 in hex over everything that `value` is computed from.
    ///
    /// The value is evaluated as far as one look needs (an `import` is
    /// followed), and so are the parts of sets that its text selects; a
    /// failure there does not matter. Never fails.
    pub fn fingerprint(&mut self, value: Value<'h>) -> String {
        let mut walk = Walk::new();
        // What fails or is unknown counts with its text.
        let value = self.force(value).unwrap_or(value);
        self.walk(&mut walk, value);
        hex(&walk.hash.finalize())
    }

    /// Lets `value` count only with a name: the library, say.
    pub fn name_for_fingerprints(&mut self, value: Value<'h>, name: &'static str) {
        self.fingerprints.named.insert(value.resolved().address(), name);
    }

    fn walk(&mut self, walk: &mut Walk, value: Value<'h>) {
        crate::eval::with_stack(|| self.walk_value(walk, value));
    }

    fn walk_value(&mut self, walk: &mut Walk, value: Value<'h>) {
        if walk.left == 0 {
            return;
        }
        walk.left -= 1;
        let value = match walk.forcing {
            true => self.force(value).unwrap_or(value),
            false => value.resolved(),
        };
        if let Some(name) = self.fingerprints.named.get(&value.address()) {
            return walk.bytes(b'N', name.as_bytes());
        }
        match value.view() {
            View::Null => walk.tag(b'n'),
            View::Bool(bool) => walk.bytes(b'b', &[u8::from(bool)]),
            View::Int(int) => walk.bytes(b'i', &int.to_le_bytes()),
            View::Float(float) => walk.bytes(b'f', &float.to_bits().to_le_bytes()),
            View::Str(text) => walk.bytes(b's', text.bytes()),
            View::Path(path) => self.walk_path(walk, &String::from_utf8_lossy(path)),
            View::Builtin(id) => {
                walk.bytes(b'B', self.builtins[id.0 as usize].name.as_bytes());
            }
            View::Partial(partial) => {
                walk.bytes(b'P', &partial.arguments.len().to_le_bytes());
                self.walk(walk, partial.function);
                for argument in partial.arguments {
                    self.walk(walk, *argument);
                }
            }
            View::List(list) => {
                if walk.enter(value) {
                    walk.bytes(b'l', &list.len().to_le_bytes());
                    for element in list.as_slice() {
                        self.walk(walk, *element);
                    }
                }
            }
            View::Attrs(set) => self.walk_set(walk, set, value),
            View::Closure(closure) => {
                if walk.enter(value) {
                    let code = closure.code();
                    self.walk_code(walk, &code.unit, Some(code.id), closure.captures());
                }
            }
            View::Thunk(thunk) => self.walk_thunk(walk, thunk, value),
        }
    }

    fn walk_set(&mut self, walk: &mut Walk, set: Attrs<'h>, value: Value<'h>) {
        // What an open set has is known only later; its name stands for it.
        if let Some(reason) = set.unknown_rest() {
            walk.tag(b'o');
            return self.walk(walk, reason);
        }
        if !walk.enter(value) {
            return;
        }
        walk.bytes(b'a', &set.len().to_le_bytes());
        for attr in self.by_name(set.as_slice(self.heap)) {
            walk.bytes(b'k', self.name(attr.name).as_bytes());
            self.walk(walk, attr.value);
        }
    }

    fn walk_thunk(&mut self, walk: &mut Walk, thunk: Thunk<'h>, value: Value<'h>) {
        if !walk.enter(value) {
            return;
        }
        match thunk.state() {
            ThunkState::Suspended(unit, captures) => self.walk_code(walk, unit, None, captures),
            ThunkState::Apply(function, [argument]) => {
                walk.tag(b'c');
                self.walk(walk, function);
                self.walk(walk, argument);
            }
            ThunkState::ApplyTwo(function, [first, second]) => {
                walk.tag(b'd');
                self.walk(walk, function);
                self.walk(walk, first);
                self.walk(walk, second);
            }
            // There is no text to a native thunk: look at its value.
            ThunkState::Native(_) => match self.force(value) {
                Ok(value) => self.walk(walk, value),
                Err(error) => walk.bytes(b'e', error.message().as_bytes()),
            },
            ThunkState::Done(value) => self.walk(walk, value),
            ThunkState::Running => walk.tag(b'r'),
        }
    }

    /// Code and what it captures; `lambda` when it is the body of a function.
    fn walk_code(
        &mut self,
        walk: &mut Walk,
        unit: &UnitCode<'h>,
        lambda: Option<LambdaId>,
        captures: Captures<'h>,
    ) {
        // The embedded library changes only with conex: no need to look into
        // what its functions capture.
        if self.is_embedded(unit.module) {
            walk.bytes(b'E', unit.module.name.as_bytes());
            return walk.bytes(b'#', &unit.unit.0.to_le_bytes());
        }
        let uses = self.unit_uses(unit, lambda);
        walk.bytes(b'x', &uses.text);
        for path in &uses.paths {
            let path = crate::path::resolve(path, &unit.module.directory, self.globals.home());
            self.walk_path(walk, &path);
        }
        let forcing = std::mem::replace(&mut walk.forcing, true);
        for (index, how) in uses.captures.iter().enumerate() {
            let value = captures.get(index as u32);
            match how {
                Use::Whole => self.walk(walk, value),
                Use::Selected(paths) => {
                    for path in paths {
                        self.walk_selected(walk, value, path, captures);
                    }
                }
            }
        }
        walk.forcing = forcing;
    }

    fn unit_uses(&mut self, unit: &UnitCode<'h>, lambda: Option<LambdaId>) -> Rc<UnitUses> {
        let units = self.fingerprints.units.entry(std::ptr::from_ref(unit.module)).or_default();
        units
            .entry(unit.unit.0)
            .or_insert_with(|| Rc::new(uses::of(unit.module, unit.unit, lambda)))
            .clone()
    }

    /// The attribute `path` of a captured set; as much of it as there is.
    fn walk_selected(
        &mut self,
        walk: &mut Walk,
        value: Value<'h>,
        path: &[PathStep],
        captures: Captures<'h>,
    ) {
        let mut value = value;
        for step in path {
            let name = match step {
                PathStep::Name(name) => *name,
                PathStep::Capture(index) => match self.force_str(captures.get(*index as u32)) {
                    Ok(name) => self.symbol_of(name.bytes()),
                    Err(_) => return self.walk(walk, value),
                },
            };
            walk.bytes(b'.', self.name(name).as_bytes());
            let set = match self.force(value) {
                Ok(forced) => match forced.view() {
                    View::Attrs(set) => set,
                    _ => return self.walk(walk, forced),
                },
                Err(error) => return walk.bytes(b'e', error.message().as_bytes()),
            };
            match self.attr(set, name) {
                Ok(Some(attr)) => value = attr.value,
                Ok(None) => return walk.tag(b'-'),
                Err(error) => return walk.bytes(b'e', error.message().as_bytes()),
            }
        }
        self.walk(walk, value);
    }

    /// A path counts with its text, and with what is there if it belongs to
    /// the sources: a Nix file, or anything below a directory that sources
    /// were read from. A bound `/srv/photos` is only a name.
    fn walk_path(&mut self, walk: &mut Walk, path: &str) {
        walk.bytes(b'p', path.as_bytes());
        if !walk.files.insert(path.to_owned()) {
            return;
        }
        let file = Path::new(path);
        match self.io.kind(file) {
            Ok(FileKind::Directory) if self.is_source(file) => self.walk_directory(walk, path),
            Ok(FileKind::Regular) if path.ends_with(".nix") || self.is_source(file) => {
                self.walk_file(walk, path);
            }
            _ => {}
        }
    }

    fn is_source(&self, path: &Path) -> bool {
        let mut modules = self.sources().modules().iter();
        modules.any(|m| m.directory.parent().is_some() && path.starts_with(&m.directory))
    }

    fn walk_directory(&mut self, walk: &mut Walk, path: &str) {
        let Ok(mut entries) = self.io.read_dir(Path::new(path)) else { return };
        entries.sort_unstable();
        for (name, _) in entries.into_iter().take(MAX_ENTRIES) {
            if walk.files.len() < MAX_ENTRIES {
                self.walk_path(walk, &format!("{path}/{name}"));
            }
        }
    }

    fn walk_file(&mut self, walk: &mut Walk, path: &str) {
        if let Some(digest) = self.fingerprints.files.get(path) {
            return walk.bytes(b'F', digest);
        }
        let size = self.io.size(Path::new(path));
        let digest: [u8; 32] = if size > MAX_FILE {
            Sha256::digest(size.to_le_bytes()).into()
        } else {
            let Ok(bytes) = self.io.read(Path::new(path)) else { return };
            match path.ends_with(".nix") {
                true => self.nix_file(path, bytes),
                false => Sha256::digest(&bytes).into(),
            }
        };
        self.fingerprints.files.insert(path.to_owned(), digest);
        walk.bytes(b'F', &digest);
    }

    /// A Nix file counts with the files that it names.
    fn nix_file(&mut self, path: &str, bytes: Vec<u8>) -> [u8; 32] {
        // Ends a cycle of files that name each other.
        self.fingerprints.files.insert(path.to_owned(), Sha256::digest(&bytes).into());
        let mut walk = Walk::new();
        walk.bytes(b'N', &bytes);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let directory = crate::compile::directory_of(Path::new(path)).to_owned();
        let module = self.parse(path.into(), None, directory, text.into(), &[]);
        for path in uses::paths(module) {
            let path = crate::path::resolve(&path, &module.directory, self.globals.home());
            self.walk_path(&mut walk, &path);
        }
        walk.hash.finalize().into()
    }
}
