//! File names as people see them.

use std::path::{Path, PathBuf};

use conex_model::Place;

use crate::command_error::{CommandError, Result};

/// The working directory, which names are shown relative to.
#[derive(Debug, Clone)]
pub(crate) struct Paths {
    directory: PathBuf,
    prefix: String,
}

/// Where what can be made again is kept for this user.
pub(crate) fn cache() -> Option<PathBuf> {
    let absolute = |path: PathBuf| path.is_absolute().then_some(path);
    let of_user = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).and_then(absolute);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache = of_user.or_else(|| home().and_then(absolute))?;
    Some(cache.join("conex"))
}

impl Paths {
    pub(crate) fn new() -> Result<Self> {
        let directory = std::env::current_dir().map_err(|error| {
            CommandError::file("the working directory can not be found", &error)
        })?;
        Ok(Self::below(directory))
    }

    fn below(directory: PathBuf) -> Self {
        let mut prefix = directory.to_string_lossy().into_owned();
        if !prefix.ends_with('/') {
            prefix.push('/');
        }
        Self { directory, prefix }
    }

    /// The working directory.
    pub(crate) fn current(&self) -> &Path {
        &self.directory
    }

    /// The absolute path without `.` and `..` of a path that a user gave.
    pub(crate) fn absolute(&self, path: &Path) -> PathBuf {
        let joined = self.directory.join(path);
        match joined.to_str() {
            Some(text) => conex_evaluator::canonical(text).into(),
            None => joined,
        }
    }

    /// The file name relative to the working directory when it is below it.
    pub(crate) fn show<'a>(&self, file: &'a str) -> &'a str {
        file.strip_prefix(&self.prefix).unwrap_or(file)
    }

    /// `file:line:column`
    pub(crate) fn place(&self, place: &Place) -> String {
        format!("{}:{}:{}", self.show(&place.file), place.start.line, place.start.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_below_the_working_directory_lose_its_name() {
        let paths = Paths::below("/home/anna/dir".into());
        assert_eq!(paths.show("/home/anna/dir/a/b.nix"), "a/b.nix");
        assert_eq!(paths.show("/home/anna/dirt/b.nix"), "/home/anna/dirt/b.nix");
        assert_eq!(Paths::below("/".into()).show("/b.nix"), "b.nix");
    }
}
