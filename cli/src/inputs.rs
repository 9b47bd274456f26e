//! The locked inputs of a flake that an evaluation needs and that are not in the store:
//! they are fetched, where that is asked for, and else told with what fetches them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use conex_evaluator::{LockedTree, NixError};
use conex_store::{FETCHES, Nix};

use crate::command_error::CommandError;
use crate::store::told;
use crate::ui::{Ui, printable};

/// The inputs that one command needs; its evaluations share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inputs {
    fetches: bool,
    /// By the expressions that fetch them.
    needed: Arc<Mutex<BTreeMap<String, Needed>>>,
}

#[derive(Debug, Clone)]
struct Needed {
    name: String,
    tree: LockedTree,
    /// What became of the fetch, if there was one.
    fetched: Option<Result<(), NixError>>,
}

impl Needed {
    fn new(name: String, tree: LockedTree) -> Self {
        Self { name, tree, fetched: None }
    }
}

impl Inputs {
    /// `fetches` says whether they are fetched.
    pub(crate) fn new(fetches: bool) -> Self {
        Self { fetches, ..Self::default() }
    }

    /// Whether they are fetched.
    pub(crate) fn are_fetched(&self) -> bool {
        self.fetches
    }

    /// Takes note of one that is needed, and fetches it, once, if that is asked for.
    pub(crate) fn needs(
        &self,
        ui: Ui,
        nix: &Nix,
        name: &str,
        tree: &LockedTree,
        there: &dyn Fn(&str) -> bool,
    ) -> Result<(), NixError> {
        // Whoever needs the same one waits here for the first one's fetch.
        let mut all = self.all();
        let needed = all
            .entry(tree.expression.clone())
            .or_insert_with(|| Needed::new(name.to_owned(), tree.clone()));
        if !self.fetches {
            return Ok(());
        }
        needed.fetched.get_or_insert_with(|| fetch(ui, nix, name, tree, there)).clone()
    }

    /// Takes note of those that another process needs.
    pub(crate) fn note(&self, needed: impl Iterator<Item = (String, LockedTree)>) {
        let mut all = self.all();
        for (name, tree) in needed {
            all.entry(tree.expression.clone()).or_insert_with(|| Needed::new(name, tree));
        }
    }

    /// Those that are needed and were not fetched, by their names.
    pub(crate) fn needed(&self) -> Vec<(String, LockedTree)> {
        let all = self.all();
        let open = all.values().filter(|needed| needed.fetched.is_none());
        open.map(|needed| (needed.name.clone(), needed.tree.clone())).collect()
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Needed>> {
        self.needed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a command that failed tells of those that were needed and not fetched.
    pub(crate) fn hints(&self, error: CommandError) -> CommandError {
        let all = self.all();
        let absent: Vec<_> = all.iter().filter(|(_, needed)| needed.fetched.is_none()).collect();
        if absent.is_empty() {
            return error;
        }
        let mut text = "inputs that are needed are not in the store; --fetch fetches".to_owned();
        text.push_str(if absent.len() == 1 { " it, with" } else { " them, with" });
        for (expression, needed) in absent {
            let _ = write!(text, "\n    {} ({}):", needed.name, needed.tree.reference);
            let _ = write!(text, "\n      {}", command(expression));
        }
        error.hint(printable(&text).into_owned())
    }
}

/// The command that fetches, for a shell.
fn command(expression: &str) -> String {
    let words =
        FETCHES.map(|word| if word.contains(' ') { format!("'{word}'") } else { word.into() });
    format!("nix {} '{}'", words.join(" "), expression.replace('\'', "'\\''"))
}

fn fetch(
    ui: Ui,
    nix: &Nix,
    name: &str,
    tree: &LockedTree,
    there: &dyn Fn(&str) -> bool,
) -> Result<(), NixError> {
    let Some(path) = &tree.path else {
        return Err(NixError::Failed("the lock file has no narHash of it".to_owned()));
    };
    let shown = format!("{name} ({})", tree.reference);
    ui.note(&format!("Fetching {}…\n", printable(&shown)));
    let start = Instant::now();
    conex_store::fetch(nix, &tree.expression).map_err(|error| match &error {
        conex_store::StoreError::NotInstalled { .. } => NixError::Missing(told(&error)),
        _ => NixError::Failed(told(&error)),
    })?;
    if !there(path) {
        return Err(NixError::Failed(format!("what was fetched is not at {path}")));
    }
    ui.note(&format!("Fetched {} in {} s.\n", printable(name), start.elapsed().as_secs()));
    Ok(())
}
