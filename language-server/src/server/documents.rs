//! The documents that are open in the editor.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use conex_evaluator::{FileKind, Io, canonical};
use conex_parser::structure::{Structure, structure};
use gen_lsp_types::{TextDocumentContentChangeEvent, Uri};

use super::convert;
use crate::ide::{Buffers, Encoding, Lines};

/// As many links as Linux follows.
const MAX_LINKS: usize = 40;

/// An open document.
#[derive(Debug, Clone)]
pub(super) struct Document {
    /// As the editor calls it.
    pub(super) uri: Uri,
    pub(super) version: i32,
    pub(super) text: Arc<str>,
    /// The file that its path leads to, links followed: that is what is read.
    pub(super) file: PathBuf,
    /// What the text is made of, if anybody has asked.
    structure: OnceCell<Arc<Structure>>,
}

impl Document {
    /// What the text is made of.
    pub(super) fn structure(&self) -> Arc<Structure> {
        self.structure.get_or_init(|| Arc::new(structure(&self.text))).clone()
    }
}

/// All open documents, by path.
#[derive(Debug, Default)]
pub(super) struct Documents {
    open: BTreeMap<PathBuf, Document>,
}

/// The path of a document; `None` if it is no file.
pub(super) fn path(uri: &Uri) -> Option<PathBuf> {
    let path = uri.to_file_path().ok()?;
    Some(canonical(&path.to_string_lossy()).into())
}

impl Documents {
    pub(super) fn open(&mut self, disk: &dyn Io, uri: Uri, version: i32, text: &str) {
        let Some(path) = path(&uri) else { return };
        let file = followed(disk, &path);
        self.open.insert(
            path,
            Document { uri, version, text: text.into(), file, structure: OnceCell::new() },
        );
    }

    pub(super) fn close(&mut self, uri: &Uri) {
        if let Some(path) = path(uri) {
            self.open.remove(&path);
        }
    }

    /// Applies the changes of a document one after the other; those of one
    /// that is not open are nobody's.
    pub(super) fn change(
        &mut self,
        uri: &Uri,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) {
        let Some(document) = path(uri).and_then(|path| self.open.get_mut(&path)) else { return };
        let mut text = document.text.to_string();
        for change in changes {
            match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(change) => {
                    let range = convert::offsets(&Lines::new(&text), change.range, encoding);
                    text.replace_range(range, &change.text);
                }
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(change) => {
                    text = change.text;
                }
            }
        }
        document.text = text.into();
        document.structure = OnceCell::new();
        document.version = version;
    }

    pub(super) fn get(&self, path: &Path) -> Option<&Document> {
        self.open.get(path)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&PathBuf, &Document)> {
        self.open.iter()
    }

    /// The document whose file is at a path.
    pub(super) fn of_file(&self, file: &Path) -> Option<&Document> {
        self.open.get(file).or_else(|| self.open.values().find(|document| document.file == file))
    }

    /// Their texts, for an evaluation.
    pub(super) fn buffers(&self) -> Buffers {
        let texts = self.open.iter().flat_map(|(path, document)| {
            [path, &document.file].map(|path| (path.clone(), document.text.clone()))
        });
        texts.collect()
    }
}

fn followed(disk: &dyn Io, path: &Path) -> PathBuf {
    let mut file = path.to_owned();
    for _ in 0..MAX_LINKS {
        match (disk.kind(&file), disk.read_link(&file)) {
            (Ok(FileKind::Symlink), Ok(target)) => {
                let joined = file.parent().unwrap_or(Path::new("/")).join(target);
                file = canonical(&joined.to_string_lossy()).into();
            }
            _ => return file,
        }
    }
    path.to_owned()
}
