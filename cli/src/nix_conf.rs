//! Settings of the installed Nix that an evaluation follows too.

use std::path::PathBuf;

/// The settings in the configuration files of Nix and in `NIX_CONFIG`; of
/// several with one name the last counts.
pub(crate) fn settings() -> Vec<(String, String)> {
    let mut settings = Vec::new();
    for file in files() {
        if let Ok(text) = std::fs::read_to_string(file) {
            settings.extend(parse(&text));
        }
    }
    settings.extend(parse(&std::env::var("NIX_CONFIG").unwrap_or_default()));
    settings
}

/// The file of the machine, then those of the user.
fn files() -> Vec<PathBuf> {
    let directory = std::env::var_os("NIX_CONF_DIR").unwrap_or_else(|| "/etc/nix".into());
    let mut files = vec![PathBuf::from(directory).join("nix.conf")];
    if let Some(own) = std::env::var_os("NIX_USER_CONF_FILES") {
        let own: Vec<PathBuf> = std::env::split_paths(&own).collect();
        // The first is the most important one.
        files.extend(own.into_iter().rev());
        return files;
    }
    let config = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config"));
    files.extend(config.or_else(home).map(|config| config.join("nix/nix.conf")));
    files
}

/// Lines of `name = value`, with comments behind `#`.
fn parse(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    lines
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_settings() {
        let text = "# none = 1\nexperimental-features = flakes  # and more\ninclude x\n\na=b=c";
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(parse(text), [pair("experimental-features", "flakes"), pair("a", "b=c")]);
    }
}
