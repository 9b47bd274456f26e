//! `conex options`

use clap::Args;
use conex_options::OptionDoc;

use super::Context;
use crate::command_error::{CommandError, Result, Success};
use crate::{evaluate, json, render};

/// Show the documentation of the options
///
/// Says of each option of a container its type, default and meaning, what it
/// becomes, and how a change of it reaches a running container.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Which options: a part of the name, or a pattern with `*` for a part
    /// between dots and `**` for anything [default: all]
    #[arg(value_name = "PATTERN")]
    pattern: Option<String>,
    /// Print JSON in the shape of NixOS' options.json
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(context: &Context, args: &Options) -> Result<Success> {
    let mut options = evaluate::declared_options(context.ui)?;
    options.retain(|option| !option.internal || option.removed.is_some() && args.pattern.is_some());
    if let Some(pattern) = &args.pattern {
        options = matching(options, pattern)?;
    }
    let text = if args.json {
        json::options::options(context, &options)
    } else {
        render::options::options(context, &options)
    };
    context.ui.print(&text)?;
    Ok(Success::Done)
}

/// The options that a pattern is for.
fn matching(options: Vec<OptionDoc>, pattern: &str) -> Result<Vec<OptionDoc>> {
    let known: Vec<String> = options.iter().map(|option| option.name.clone()).collect();
    let pattern = pattern.trim();
    // The other name of the set, a container by its name, and upper and lower
    // case are nothing to be strict about.
    let canonical = of_any_container(pattern);
    let lower = canonical.to_lowercase();
    let readings: [&dyn Fn(&str) -> bool; 3] =
        [&|name| fits(pattern, name), &|name| fits(&canonical, name), &|name| {
            fits(&lower, &name.to_lowercase())
        }];
    for fits in readings {
        if known.iter().any(|name| fits(name)) {
            return Ok(options.into_iter().filter(|option| fits(&option.name)).collect());
        }
    }
    Err(nothing(pattern, &canonical, &known))
}

fn nothing(pattern: &str, canonical: &str, known: &[String]) -> CommandError {
    let error = CommandError::user(format!("no option matches `{pattern}`"));
    let names = || known.iter().map(String::as_str);
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let wanted = last(canonical);
    let lasts: Vec<String> = names().map(last).collect();
    let near = conex_options::nearest(canonical, names())
        .or_else(|| conex_options::nearest(&wanted, lasts.iter().map(String::as_str)));
    match near {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("`conex options` without a pattern shows all"),
    }
}

/// `containers.<name>.autoStart` for `systemd.containers.web.autoStart`.
fn of_any_container(pattern: &str) -> String {
    let pattern = pattern.strip_prefix("systemd.").unwrap_or(pattern);
    match pattern.strip_prefix("containers.").and_then(|rest| rest.split_once('.')) {
        Some((name, option)) if !name.contains(['*', '<']) => {
            format!("containers.<name>.{option}")
        }
        _ => pattern.to_owned(),
    }
}

fn fits(pattern: &str, name: &str) -> bool {
    if !pattern.contains(['*', '?']) {
        return name.contains(pattern);
    }
    // A list's elements are called `*` themselves.
    glob(pattern.as_bytes(), name.as_bytes())
}

/// Whether a pattern fits all of a name: `*` is any part without a dot, `**`
/// any part at all, `?` one character that is no dot. Takes time in
/// proportion to both lengths multiplied.
fn glob(pattern: &[u8], name: &[u8]) -> bool {
    // Whether the pattern so far fits the first so many bytes.
    let mut fitting = vec![false; name.len() + 1];
    fitting[0] = true;
    let mut rest = pattern;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        let deep = first == b'*' && rest.first() == Some(&b'*');
        if deep {
            rest = &rest[1..];
        }
        let mut next = vec![false; name.len() + 1];
        for at in 0..=name.len() {
            let before = at.checked_sub(1).map(|before| (before, name[before]));
            next[at] = match (first, before) {
                (b'*', Some((before, byte))) => {
                    fitting[at] || (deep || byte != b'.') && next[before]
                }
                (b'*', None) => fitting[at],
                (b'?', Some((before, byte))) => byte != b'.' && fitting[before],
                (_, Some((before, byte))) => byte == first && fitting[before],
                (_, None) => false,
            };
        }
        fitting = next;
    }
    fitting[name.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, name, expected) in [
            ("containers.*.hostAddress", "containers.<name>.hostAddress", true),
            ("containers.*.hostAddress", "containers.<name>.extraVeths.<name>.hostAddress", false),
            ("containers.**.hostAddress", "containers.<name>.extraVeths.<name>.hostAddress", true),
            ("**.hostPort", "containers.<name>.forwardPorts.*.hostPort", true),
            ("*.hostPort", "containers.<name>.forwardPorts.*.hostPort", false),
            ("forwardPorts", "containers.<name>.forwardPorts.*.hostPort", true),
            ("*", "containers", true),
            ("?", "containers", false),
            ("c?ntainers", "containers", true),
            ("", "containers", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_container_by_name_is_any_container() {
        let any = of_any_container("systemd.containers.web.autoStart");
        assert_eq!(any, "containers.<name>.autoStart");
        assert_eq!(of_any_container("containers.*.path"), "containers.*.path");
        assert_eq!(of_any_container("autoStart"), "autoStart");
    }
}
