//! The store as evaluations and commands see it: what the evaluation made up,
//! what is there on the disk, and the installed Nix for all else.
//!
//! Nothing is written before something needs it: a command that instantiates,
//! or a file that must be built to be read. Then exactly what that needs is
//! added through the installed Nix, dependencies first, so an interruption
//! leaves nothing half-written.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use conex_evaluator::{BuiltOutput, StoreObject};
use conex_store::{Connection, Files, Nix, PathInfo, StoreError};

use crate::ui::{Ui, printable};

/// Where store paths are.
pub(crate) const STORE: &str = "/nix/store";

/// What an evaluation can read of stores, and write into one.
pub(crate) struct Store {
    ui: Ui,
    nix: Nix,
    /// Below which directory the store is, if it is not at its place.
    root: Option<PathBuf>,
    objects: RefCell<HashMap<String, Rc<StoreObject>>>,
    connection: RefCell<Option<Connection>>,
    /// What is known to be in the store.
    written: RefCell<HashSet<String>>,
}

/// Where a path of the store is.
pub(crate) enum Place {
    /// On the disk, there or not.
    Disk(PathBuf),
    /// On the disk, but of a directory only these paths count.
    Filtered(PathBuf, Rc<StoreObject>),
    /// A file that the evaluation made up.
    Text(Rc<StoreObject>),
    /// Nowhere.
    Missing,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("nix", &self.nix).finish_non_exhaustive()
    }
}

impl Store {
    /// The store that Nix takes, or that `nix` says.
    pub(crate) fn new(ui: Ui, nix: Nix) -> Self {
        let url = nix.store.clone().or_else(|| std::env::var("NIX_REMOTE").ok());
        Self {
            ui,
            root: url.as_deref().and_then(root_of),
            nix,
            objects: RefCell::default(),
            connection: RefCell::default(),
            written: RefCell::default(),
        }
    }

    /// How the installed Nix is called.
    pub(crate) fn nix(&self) -> &Nix {
        &self.nix
    }

    /// Takes note of an object that the evaluation made up.
    pub(crate) fn note(&self, path: &str, object: StoreObject) {
        self.objects.borrow_mut().entry(path.to_owned()).or_insert_with(|| Rc::new(object));
    }

    /// Whether an object was taken note of.
    pub(crate) fn has_noted(&self, path: &str) -> bool {
        self.objects.borrow().contains_key(path)
    }

    /// What was taken note of, by path.
    pub(crate) fn noted(&self) -> Vec<(String, Rc<StoreObject>)> {
        let objects = self.objects.borrow();
        objects.iter().map(|(path, object)| (path.clone(), object.clone())).collect()
    }

    /// Whether there is something at a path of the store on the disk.
    pub(crate) fn is_there(&self, path: &str) -> bool {
        self.on_disk(path).symlink_metadata().is_ok()
    }

    /// What the store knows of an object that is there.
    pub(crate) fn path_info(&self, path: &str) -> Option<PathInfo> {
        // No process is started for what is not there.
        let there = self.is_there(path);
        there.then(|| self.with(|connection| connection.path_info(path)).ok().flatten()).flatten()
    }

    /// The bytes of a file in the store, or of one that the evaluation made
    /// up.
    pub(crate) fn read(&self, path: &str) -> Option<Vec<u8>> {
        match self.locate(Path::new(path)) {
            Place::Text(object) => match &*object {
                StoreObject::Text { content, .. } => Some(content.clone()),
                StoreObject::Copy { .. } => None,
            },
            Place::Disk(place) => std::fs::read(place).ok(),
            Place::Filtered(..) | Place::Missing => None,
        }
    }

    /// Where a path is to be read.
    pub(crate) fn locate(&self, path: &Path) -> Place {
        let mut path = path.to_owned();
        // A copy of a copy leads further; each step is a longer-lived path.
        for _ in 0..64 {
            let Some((object, rest)) = split(&path) else {
                let is_store = path == Path::new(STORE);
                return Place::Disk(if is_store { self.on_disk(STORE) } else { path });
            };
            let noted = self.objects.borrow().get(&object).cloned();
            match noted.as_deref() {
                None => return Place::Disk(join(&self.on_disk(&object), &rest)),
                Some(StoreObject::Text { .. }) => {
                    return match (noted, rest.as_os_str().is_empty()) {
                        (Some(object), true) => Place::Text(object),
                        _ => Place::Missing,
                    };
                }
                Some(StoreObject::Copy { file, kept, .. }) => {
                    path = join(file, &rest);
                    if let (Some(kept), Some(object)) = (kept, &noted) {
                        let there =
                            rest.as_os_str().is_empty() || kept.binary_search(&path).is_ok();
                        return match there {
                            true => Place::Filtered(path, object.clone()),
                            false => Place::Missing,
                        };
                    }
                }
            }
        }
        Place::Missing
    }

    /// The directory that the store is below, if it is not at its place.
    pub(crate) fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }

    /// Where an object of the store is on the disk.
    pub(crate) fn on_disk(&self, object: &str) -> PathBuf {
        match &self.root {
            Some(root) => root.join(object.trim_start_matches('/')),
            None => PathBuf::from(object),
        }
    }

    /// Has an action done by the installed Nix.
    fn with<T>(
        &self,
        action: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection = self.connection.borrow_mut();
        let open = match connection.take() {
            Some(open) => open,
            None => {
                let ui = self.ui;
                let log = move |line: &str| ui.note(&format!("{}\n", printable(line)));
                Connection::open(&self.nix, Box::new(log))?
            }
        };
        // What broke off is not used again.
        let open = connection.insert(open);
        let result = action(open);
        if matches!(&result, Err(error) if !matches!(error, StoreError::Nix(_))) {
            *connection = None;
        }
        result
    }

    /// Writes objects that the evaluation made up into the store, with all
    /// that they refer to.
    pub(crate) fn write(&self, paths: &[String]) -> Result<(), StoreError> {
        let order = self.closure(paths);
        if order.is_empty() {
            return Ok(());
        }
        self.with(|connection| {
            connection.add_temporary_roots(&order)?;
            let valid = connection.valid_paths(&order)?;
            for path in order.iter().filter(|path| !valid.contains(*path)) {
                let object = self.objects.borrow().get(path).cloned();
                if let Some(object) = object {
                    self.add(connection, path, &object)?;
                }
            }
            Ok(())
        })?;
        self.written.borrow_mut().extend(order);
        Ok(())
    }

    /// These objects and what they refer to, dependencies first, without what
    /// the evaluation did not make up and what is written already.
    fn closure(&self, paths: &[String]) -> Vec<String> {
        let (objects, written) = (self.objects.borrow(), self.written.borrow());
        let mut order = Vec::new();
        let mut seen: HashSet<String> = HashSet::new();
        // True for what comes up again after what it refers to.
        let mut open: Vec<(String, bool)> =
            paths.iter().rev().map(|path| (path.clone(), false)).collect();
        while let Some((path, done)) = open.pop() {
            if done {
                order.push(path);
                continue;
            }
            let Some(object) = objects.get(&path).filter(|_| !written.contains(&path)) else {
                continue;
            };
            if seen.insert(path.clone()) {
                open.push((path, true));
                if let StoreObject::Text { references, .. } = &**object {
                    open.extend(references.iter().map(|reference| (reference.clone(), false)));
                }
            }
        }
        order
    }

    fn add(
        &self,
        connection: &mut Connection,
        path: &str,
        object: &StoreObject,
    ) -> Result<(), StoreError> {
        let base = path.rsplit('/').next().unwrap_or(path);
        let (_, name) = base.split_once('-').unwrap_or(("", base));
        let added = match object {
            StoreObject::Text { content, references } => {
                connection.add_text(name, content, references)?
            }
            StoreObject::Copy { file, recursive, kept } => match self.locate(file) {
                Place::Disk(place) => {
                    let moved = |kept: &PathBuf| match kept.strip_prefix(file) {
                        Ok(rest) => join(&place, rest),
                        Err(_) => kept.clone(),
                    };
                    let kept: Option<Vec<PathBuf>> =
                        kept.as_ref().map(|kept| kept.iter().map(moved).collect());
                    let kept = kept.as_deref();
                    connection
                        .add_files(name, Files { file: &place, recursive: *recursive, kept })?
                }
                _ => return Err(StoreError::Nix(format!("the files of '{path}' are not there"))),
            },
        };
        if added != path {
            return Err(StoreError::Nix(format!(
                "what was to become '{path}' became '{added}': it changed during the evaluation"
            )));
        }
        Ok(())
    }

    /// Builds outputs of derivations and gives their paths.
    pub(crate) fn build(&self, outputs: &[BuiltOutput]) -> Result<Vec<String>, StoreError> {
        let derivations: Vec<String> =
            outputs.iter().map(|output| output.derivation.clone()).collect();
        self.write(&derivations)?;
        let pairs: Vec<(&str, &str)> =
            outputs.iter().map(|o| (o.derivation.as_str(), o.output.as_str())).collect();
        self.with(|connection| {
            connection.build(&pairs)?;
            let mut paths = Vec::with_capacity(pairs.len());
            for (derivation, output) in pairs {
                let all = connection.output_paths(derivation)?;
                let path = all.get(output).cloned().flatten().ok_or_else(|| {
                    StoreError::Nix(format!("derivation '{derivation}' has no output '{output}'"))
                })?;
                paths.push(path);
            }
            Ok(paths)
        })
    }

    /// Has an expression evaluated by the installed Nix.
    pub(crate) fn fetch(&self, expression: &str) -> Result<Vec<u8>, StoreError> {
        conex_store::evaluate(&self.nix, expression)
    }

    /// Links to a store path from outside, and makes that a root for the
    /// garbage collector. What is no such link is not replaced.
    pub(crate) fn add_root(&self, link: &Path, target: &str) -> Result<(), StoreError> {
        let failed = |source| StoreError::File { file: link.to_owned(), source };
        match std::fs::read_link(link) {
            Ok(old) if old.starts_with(STORE) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            _ => {
                let link = link.display();
                let message = format!("cannot create symlink '{link}'; already exists");
                return Err(StoreError::Nix(message));
            }
        }
        if let Some(directory) = link.parent() {
            std::fs::create_dir_all(directory).map_err(failed)?;
        }
        // Made beside it and moved over it, so that there is always one.
        let mut name = link.as_os_str().to_owned();
        name.push(format!(".tmp-{}", std::process::id()));
        let new = PathBuf::from(name);
        let _ = std::fs::remove_file(&new);
        std::os::unix::fs::symlink(target, &new).map_err(failed)?;
        std::fs::rename(&new, link).map_err(failed)?;
        self.with(|connection| connection.add_indirect_root(&link.to_string_lossy()))
    }
}

/// An error with what caused it, for one line.
pub(crate) fn told(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}

/// The store object that a path is in.
pub(crate) fn object(path: &Path) -> Option<String> {
    split(path).map(|(object, _)| object)
}

/// The store object that a path is in, and the path in there.
fn split(path: &Path) -> Option<(String, PathBuf)> {
    let below = path.strip_prefix(STORE).ok()?;
    let mut parts = below.components();
    let Some(Component::Normal(object)) = parts.next() else { return None };
    let object = format!("{STORE}/{}", object.to_string_lossy());
    Some((object, parts.as_path().to_owned()))
}

/// `Path::join` without a slash behind the path when there is no more.
fn join(path: &Path, rest: &Path) -> PathBuf {
    if rest.as_os_str().is_empty() { path.to_owned() } else { path.join(rest) }
}

/// The directory that a store URL puts the store below.
fn root_of(url: &str) -> Option<PathBuf> {
    if let Some(parameters) = url.strip_prefix("local?") {
        let root = parameters.split('&').find_map(|parameter| parameter.strip_prefix("root="))?;
        return Some(PathBuf::from(root));
    }
    let is_path = url.starts_with('/') || url.starts_with("./");
    is_path.then(|| std::path::absolute(url).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_elsewhere_have_a_root() {
        assert_eq!(root_of("/tmp/x"), Some("/tmp/x".into()));
        assert_eq!(root_of("local?read-only=1&root=/tmp/y"), Some("/tmp/y".into()));
        assert_eq!(root_of("daemon"), None);
        assert_eq!(root_of(""), None);
        assert_eq!(root_of("local"), None);
    }

    #[test]
    fn a_path_in_the_store_has_an_object() {
        let object = "/nix/store/00000000000000000000000000000000-x".to_owned();
        let inside = Path::new(&object).join("a/b");
        assert_eq!(split(&inside), Some((object.clone(), "a/b".into())));
        assert_eq!(split(Path::new(&object)), Some((object.clone(), "".into())));
        assert_eq!(split(Path::new("/nix/store")), None);
        assert_eq!(split(Path::new("/nix/storeroom/x")), None);
    }
}
