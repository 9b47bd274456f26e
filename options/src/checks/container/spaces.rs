//! What NixOS splits at its spaces: it puts flags and mounts into a variable
//! that the shell takes apart, quoted or not.

use conex_model::Code;

use super::{Findings, Subject};

/// Whether a text would be split.
pub(super) fn splits(text: &str) -> bool {
    text.contains([' ', '\t', '\n'])
}

/// A flag and its value may be written with a space between (`--bind /srv`);
/// everything else that is split ends up as the program to run.
pub(super) fn check_flags(subject: &Subject<'_>, findings: &mut Findings) {
    for (address, at) in subject.list("extraFlags") {
        let Some(flag) = at.value.as_str() else { continue };
        if survives(flag) {
            continue;
        }
        let summary = format!("The flag {flag:?} is split at its spaces");
        let found = findings.at(Code::Spaces, address, at, summary);
        found.detail("NixOS hands flags on unquoted, and quotes in them as they are; systemd-nspawn takes the rest for the program to run.");
    }
}

/// Whether a flag means the same when it is split.
fn survives(flag: &str) -> bool {
    if !splits(flag) {
        return true;
    }
    let mut takes_value = false;
    for word in flag.split_ascii_whitespace() {
        if word.contains(['"', '\'']) {
            return false;
        }
        let is_flag = word.starts_with('-');
        if !is_flag && !takes_value {
            return false;
        }
        takes_value = is_flag && !word.contains('=');
    }
    true
}

#[cfg(test)]
mod tests {
    use super::survives;

    #[test]
    fn a_flag_may_have_one_value_behind_a_space() {
        for flag in ["--bind=/srv", "--bind /srv", "-U --bind-ro /a", "-p tcp:80"] {
            assert!(survives(flag), "{flag}");
        }
        for flag in
            ["--bind=/my files", "--setenv=A=b c", "--bind /my files", "--setenv='A=b'c d", "a b"]
        {
            assert!(!survives(flag), "{flag}");
        }
    }
}
