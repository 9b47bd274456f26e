//! Which nixpkgs, and what else `<name>` may mean, by flags and environment.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::command_error::{CommandError, Result};
use crate::expression::{self, Expression};
use crate::paths::Paths;
use crate::settings;

/// What every nixpkgs has that systems are evaluated with.
pub(crate) const EVALUATES: &str = "nixos/lib/eval-config.nix";
const NAME: &str = "nixpkgs";

/// What the systems of containers are evaluated with.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct NixpkgsArgs {
    /// The nixpkgs that the systems of containers are evaluated with
    ///
    /// With one, the path of each system is known before it is built, and so
    /// is what depends on `pkgs`. [default: `nixpkgs` in -I, then in NIX_PATH]
    #[arg(long, value_name = "PATH")]
    nixpkgs: Option<PathBuf>,
    /// Look for `<name>` here, before NIX_PATH: `name=path` or `path`
    #[arg(short = 'I', long = "include", value_name = "PATH")]
    include: Vec<String>,
}

/// What `<name>` means in a configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SearchPath {
    /// The directory of nixpkgs, if one is at hand.
    pub(crate) nixpkgs: Option<PathBuf>,
    /// Whether that was named on the command line.
    pub(crate) named: bool,
    /// The other names, with their places.
    pub(crate) others: Vec<(String, String)>,
}

impl SearchPath {
    /// By the flags, and the environment where they say nothing. What is
    /// named on the command line has to be there.
    pub(crate) fn new(args: &NixpkgsArgs, paths: &Paths) -> Result<Self> {
        let mut environment = Expression::default();
        settings::from_environment(&mut environment)?;
        let given: Vec<_> = args.include.iter().map(|entry| expression::entry(entry)).collect();
        let named = match &args.nixpkgs {
            Some(path) => Some(checked("--nixpkgs", path, paths)?),
            None => match find(&given, paths) {
                Some(path) => Some(checked("-I nixpkgs", &path, paths)?),
                None => None,
            },
        };
        let is_named = named.is_some();
        let nixpkgs = named.or_else(|| {
            let found = find(&expression::search_path(&environment), paths);
            found.filter(|path| is_nixpkgs(path))
        });
        let all = given.into_iter().chain(expression::search_path(&environment));
        let others = all.filter(|(name, _)| name != NAME).map(|(name, path)| {
            let path = paths.absolute(Path::new(&path));
            (name, path.to_string_lossy().into_owned())
        });
        Ok(Self { nixpkgs, named: is_named, others: others.collect() })
    }

    /// The same for what knows no flags.
    pub(crate) fn for_options(&self) -> conex_options::Search<'_> {
        conex_options::Search { nixpkgs: self.nixpkgs.as_deref(), others: &self.others }
    }

    /// What `<name>` means with this nixpkgs.
    pub(crate) fn with(&self, nixpkgs: &Path) -> Vec<(String, String)> {
        let nixpkgs = (NAME.to_owned(), nixpkgs.to_string_lossy().into_owned());
        std::iter::once(nixpkgs).chain(self.others.iter().cloned()).collect()
    }

    /// The nixpkgs that is named for a flake. Else it is what the flake locks; what the
    /// environment has is another one.
    pub(crate) fn of_flake(&self) -> Option<&Path> {
        self.nixpkgs.as_deref().filter(|_| self.named)
    }
}

/// Whether systems can be evaluated with what is there.
fn is_nixpkgs(path: &Path) -> bool {
    path.join(EVALUATES).is_file()
}

/// Where a search path leads to for `<nixpkgs>`: what is named so, or the
/// directory of this name in a directory without a name.
fn find(entries: &[(String, String)], paths: &Paths) -> Option<PathBuf> {
    entries.iter().find_map(|(name, path)| {
        let path = paths.absolute(Path::new(path));
        match name.as_str() {
            NAME => Some(path),
            "" => Some(path.join(NAME)).filter(|path| is_nixpkgs(path)),
            _ => None,
        }
    })
}

fn checked(flag: &str, path: &Path, paths: &Paths) -> Result<PathBuf> {
    let absolute = paths.absolute(path);
    if is_nixpkgs(&absolute) {
        return Ok(absolute);
    }
    let message =
        format!("{flag} {}: there is no nixpkgs, as it has no {EVALUATES}", path.display());
    Err(CommandError::user(message).hint("name the directory of a nixpkgs on this machine"))
}
