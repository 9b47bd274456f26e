//! Nix's settings, as far as they are about evaluation.

use conex_evaluator::Access;
use conex_store::Nix;

use crate::command_error::{CommandError, Result};
use crate::expression::Expression;
use crate::nix_conf;

/// The settings that are on or off, which have a flag `--NAME` and one
/// `--no-NAME`.
const SWITCHES: [&str; 6] = [
    "abort-on-warn",
    "allow-import-from-derivation",
    "pure-eval",
    "restrict-eval",
    "show-trace",
    "trace-verbose",
];

/// The settings with a value, which have a flag `--NAME VALUE`.
const VALUES: [&str; 9] = [
    "eval-system",
    "experimental-features",
    "extra-experimental-features",
    "extra-nix-path",
    "lint-absolute-path-literals",
    "lint-short-path-literals",
    "lint-url-literals",
    "max-call-depth",
    "nix-path",
];

/// Sets what a flag such as `--pure-eval` or `--max-call-depth` says; `next`
/// gives its argument. False if the flag is no setting of evaluation.
pub(crate) fn flag(
    expression: &mut Expression,
    flag: &str,
    next: impl FnOnce() -> Result<String>,
) -> Result<bool> {
    let Some(name) = flag.strip_prefix("--") else { return Ok(false) };
    if name == "impure" {
        set(expression, "pure-eval", "false")?;
    } else if SWITCHES.contains(&name) {
        set(expression, name, "true")?;
    } else if let Some(name) = name.strip_prefix("no-").filter(|name| SWITCHES.contains(name)) {
        set(expression, name, "false")?;
    } else if VALUES.contains(&name) {
        set(expression, name, &next()?)?;
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// The settings in the configuration files of Nix and in `NIX_CONFIG`. As in
/// Nix, `NIX_PATH` counts more than a search path there.
pub(crate) fn from_environment(expression: &mut Expression) -> Result<()> {
    let has_path = std::env::var_os("NIX_PATH").is_some();
    for (name, value) in nix_conf::settings() {
        if !(has_path && name.ends_with("nix-path")) {
            set(expression, &name, &value)?;
        }
    }
    if std::env::var_os("NIX_ABORT_ON_WARN").is_some_and(|on| !on.is_empty() && on != "0") {
        expression.abort_on_warn = true;
    }
    // The installed Nix reads its configuration itself.
    expression.nix = Nix::default();
    Ok(())
}

/// Sets one setting. What is meant for the builds of the installed Nix is
/// handed on to it.
pub(crate) fn set(expression: &mut Expression, option: &str, value: &str) -> Result<()> {
    if SWITCHES.contains(&option) {
        let on = switch(option, value)?;
        match option {
            "abort-on-warn" => expression.abort_on_warn = on,
            "allow-import-from-derivation" => expression.no_import_from_derivation = !on,
            "pure-eval" => access(expression, Access::Pure, on),
            "restrict-eval" => access(expression, Access::Restricted, on),
            "show-trace" => expression.show_trace = on,
            _ => expression.trace_verbose = on,
        }
        return Ok(());
    }
    let words = || value.split_whitespace().map(str::to_owned);
    match option {
        "experimental-features" | "extra-experimental-features" => {
            expression.features.push(' ');
            expression.features.push_str(value);
            expression.pipe_operators |= words().any(|feature| feature == "pipe-operators");
        }
        "store" => expression.nix.store = Some(value.to_owned()),
        "eval-system" => expression.system = Some(value.to_owned()),
        "nix-path" => expression.search_path = Some(words().collect()),
        "extra-nix-path" => expression.search_path.get_or_insert_default().extend(words()),
        "max-call-depth" => {
            expression.max_call_depth = Some(value.parse().map_err(|_| invalid(option, value))?);
        }
        option if option.starts_with("lint-") => {
            if !expression.lints.set(option, value) {
                return Err(CommandError::user(format!(
                    "invalid value '{value}' for setting '{option}', expected one of 'ignore', 'warn', 'fatal'"
                )));
            }
        }
        _ => expression.nix.options.push((option.to_owned(), value.to_owned())),
    }
    Ok(())
}

fn invalid(option: &str, value: &str) -> CommandError {
    CommandError::user(format!("setting '{option}' has invalid value '{value}'"))
}

fn switch(option: &str, value: &str) -> Result<bool> {
    match value {
        "true" | "yes" | "1" => Ok(true),
        "false" | "no" | "0" => Ok(false),
        _ => {
            let message = format!("Boolean setting '{option}' has invalid value '{value}'");
            Err(CommandError::user(message))
        }
    }
}

/// Pure evaluation sees least; turning one restriction off leaves the other.
fn access(expression: &mut Expression, to: Access, on: bool) {
    match (on, expression.access) {
        (true, Access::Pure) => {}
        (true, _) => expression.access = to,
        (false, now) if now == to => expression.access = Access::All,
        (false, _) => {}
    }
}
