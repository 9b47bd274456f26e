//! Paths as texts: Nix resolves `.` and `..` without looking at the disk.

use std::path::Path;

/// Removes empty and `.` components and resolves `..`, as Nix does for path
/// values; the result is absolute and has no trailing slash.
pub fn canonical(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The absolute path that a path literal stands for.
pub(crate) fn resolve(text: &str, directory: &Path, home: &str) -> String {
    if let Some(rest) = text.strip_prefix("~/") {
        canonical(&format!("{home}/{rest}"))
    } else if text.starts_with('/') {
        canonical(text)
    } else {
        canonical(&format!("{}/{text}", directory.to_string_lossy()))
    }
}

/// The part behind the last slash; one slash at the end does not count.
pub(crate) fn base_name(path: &[u8]) -> &[u8] {
    let path = path.strip_suffix(b"/").unwrap_or(path);
    let start = path.iter().rposition(|b| *b == b'/').map_or(0, |i| i + 1);
    &path[start..]
}

/// The same for a text.
pub(crate) fn base_name_str(path: &str) -> &str {
    let path = path.strip_suffix('/').unwrap_or(path);
    path.rsplit('/').next().unwrap_or(path)
}

/// The part before the last slash: `.` when there is none.
pub(crate) fn dir_name(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|b| *b == b'/') {
        None => b".",
        Some(0) => b"/",
        Some(slash) => &path[..slash],
    }
}
