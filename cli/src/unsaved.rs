//! Texts that an editor has in place of those of files.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use crate::command_error::{CommandError, Kind, Result};

/// Texts by the absolute paths of their files.
pub(crate) type Unsaved = Arc<BTreeMap<PathBuf, String>>;

/// Reads them from a JSON object of paths and texts.
pub(crate) fn read(mut from: impl Read) -> Result<Unsaved> {
    let mut text = String::new();
    let read = from.read_to_string(&mut text);
    read.map_err(|error| CommandError::file("could not read the unsaved texts", &error))?;
    let texts: BTreeMap<PathBuf, String> = serde_json::from_str(&text).map_err(|error| {
        let message = format!("the unsaved texts are no JSON object of paths and texts: {error}");
        CommandError::new(Kind::User, message)
    })?;
    Ok(Arc::new(texts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_refused() {
        assert!(read("[1]".as_bytes()).is_err());
        assert!(read("{\"/a.nix\": 1}".as_bytes()).is_err());
        assert_eq!(read("{\"/a.nix\": \"{ }\"}".as_bytes()).unwrap().len(), 1);
    }
}
