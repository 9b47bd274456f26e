//! What functions do: of builtins from a table, of all else from the comment
//! before the definition, in the source that is evaluated. So the functions of
//! the embedded `lib`, of nixpkgs' one and of the user are all the same.

use conex_evaluator::{Attr, Attrs, Evaluator, Value, View};

use super::{builtins, values};

/// So often a name may be inherited from where it is inherited, too.
const INHERITED: usize = 4;

/// What is to be said of an attribute, in Markdown. `lib` is where the sets are
/// looked for that its functions come from.
pub(super) fn documentation<'h>(
    evaluator: &mut Evaluator<'h>,
    lib: Value<'h>,
    attr: &Attr<'h>,
) -> Option<String> {
    let written = written(evaluator, lib, attr, INHERITED);
    let builtin = |evaluator: &Evaluator<'h>| {
        let value = evaluator.builtin_name(attr.value.resolved())?;
        builtins::documentation(value)
    };
    written.or_else(|| builtin(evaluator)).map(values::shortened)
}

/// The comment before the definition of an attribute.
fn written<'h>(
    evaluator: &mut Evaluator<'h>,
    lib: Value<'h>,
    attr: &Attr<'h>,
    depth: usize,
) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    let (module, offset) = evaluator.sources().position(attr.position)?;
    if attr.position == 0 {
        return None;
    }
    let (text, offset) = (&*module.text, offset as usize);
    let name = evaluator.name(attr.name).to_owned();
    let Some(from) = inherited(text, offset) else { return comment(text, offset) };
    let Some(from) = from else {
        // Of the scope around it: a variable of the same file, most likely.
        let at = definition(text, &name)?;
        return comment(text, at);
    };
    // `inherit (self.lists) map;`: what `lib.lists` has of that name.
    let set = from.rsplit(['.', ' ']).next()?.to_owned();
    let set = attribute(evaluator, lib, &set)?;
    let View::Attrs(set) = evaluator.force(set.value).ok()?.view() else { return None };
    let attr = *set.get(attr.name)?;
    written(evaluator, lib, &attr, depth)
}

fn attribute<'h>(evaluator: &mut Evaluator<'h>, lib: Value<'h>, name: &str) -> Option<Attr<'h>> {
    let symbol = evaluator.symbol(name);
    let set: Attrs<'h> = evaluator.force_attrs(lib).ok()?;
    set.get(symbol).copied()
}

/// Whether a name is one of an `inherit`, and of which set.
fn inherited(text: &str, offset: usize) -> Option<Option<&str>> {
    let before = text.get(..offset)?;
    let statement = before.get(before.rfind("inherit")? + "inherit".len()..)?;
    let names = match statement.trim_start().strip_prefix('(') {
        Some(rest) => rest.split_once(')')?.1,
        None => statement,
    };
    if !names.starts_with(char::is_whitespace) || names.contains([';', '=', '{']) {
        return None;
    }
    let from = statement.trim_start().strip_prefix('(').and_then(|rest| rest.split_once(')'));
    Some(from.map(|(from, _)| from.trim()))
}

/// Where a name is defined in a line of its own.
fn definition(text: &str, name: &str) -> Option<usize> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        let defined = line.trim_start().strip_prefix(name).map(str::trim_start);
        if defined.is_some_and(|rest| rest.starts_with('=') && !rest.starts_with("==")) {
            return Some(start + indent);
        }
        start += line.len();
    }
    None
}

/// The comment that ends before an offset: a block, or lines with `#`.
fn comment(text: &str, offset: usize) -> Option<String> {
    let before = text.get(..offset)?.trim_end();
    if let Some(block) = before.strip_suffix("*/") {
        let start = block.rfind("/*")?;
        let block = block.get(start + 2..)?.trim_start_matches('*');
        return Some(unindented(block)).filter(|text| !text.is_empty());
    }
    let mut lines: Vec<&str> = Vec::new();
    for line in before.lines().rev() {
        match line.trim_start().strip_prefix('#') {
            Some(comment) => lines.push(comment.strip_prefix(' ').unwrap_or(comment)),
            None => break,
        }
    }
    lines.reverse();
    Some(lines.join("\n").trim().to_owned()).filter(|text| !text.is_empty())
}

/// The text of a block without what its lines are indented by.
fn unindented(block: &str) -> String {
    let lines: Vec<&str> = block.lines().collect();
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let filled = lines.iter().skip(1).filter(|line| !line.trim().is_empty());
    let least = filled.map(indent).min().unwrap_or(0);
    let first = lines.first().map(|line| line.trim()).unwrap_or_default();
    let rest = lines.iter().skip(1).map(|line| line.get(least..).unwrap_or_default().trim_end());
    let all: Vec<&str> = std::iter::once(first).chain(rest).collect();
    all.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::builtins::tests::NoDisk;

    #[test]
    fn functions_of_the_embedded_lib_are_documented() {
        let heap = conex_evaluator::Heap::new();
        let mut evaluator = Evaluator::new(&heap, &NoDisk, conex_options::settings());
        let lib = conex_options::library(&mut evaluator).unwrap();
        let (mut waiting, mut silent, mut told) = (vec![(String::from("lib"), lib, 0)], vec![], 0);
        while let Some((path, set, depth)) = waiting.pop() {
            let set = evaluator.force_attrs(set).unwrap();
            for attr in set.as_slice(&heap) {
                // The older names of some are errors.
                let Ok(value) = evaluator.force(attr.value) else { continue };
                let path = format!("{path}.{}", evaluator.name(attr.name));
                if matches!(value.view(), View::Attrs(set) if !evaluator.is_function(set.into())) {
                    let of_types = path.starts_with("lib.types.");
                    if depth < 2 && !of_types {
                        waiting.push((path, value, depth + 1));
                    }
                } else if evaluator.is_function(value) {
                    match documentation(&mut evaluator, lib, attr) {
                        Some(_) => told += 1,
                        None => silent.push(path),
                    }
                }
            }
        }
        assert!(told > 600, "{told}");
        // They are made, and have no place in a text.
        let made = |path: &String| path.contains(".import") || path == "lib.extend";
        silent.retain(|path| !made(path));
        assert!(silent.is_empty(), "{silent:?}");
    }

    #[test]
    fn comments_before_definitions_are_found() {
        for (text, expected) in [
            ("{\n  /** `f`: one line. */\n  $f = 1; }", Some("`f`: one line.")),
            (
                "{\n  /*\n    Two\n      lines.\n\n    # Type\n  */\n  $f = 1; }",
                Some("Two\n  lines.\n\n# Type"),
            ),
            ("{\n  a = 1;\n  # One\n  #two.\n  $f = 1; }", Some("One\ntwo.")),
            ("{\n  # Of a.\n  a = 1;\n  $f = 1; }", None),
            ("{ $f = 1; }", None),
            ("/**/ $f = 1;", None),
            ("*/ $f = 1;", None),
        ] {
            let offset = text.find('$').unwrap();
            let text = text.replacen('$', "", 1);
            assert_eq!(comment(&text, offset).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn inherited_names_are_told_from_others() {
        for (text, expected) in [
            ("{ inherit (self.lists) a $b c; }", Some(Some("self.lists"))),
            ("{ inherit ( lists )\n  $b; }", Some(Some("lists"))),
            ("{ inherit a $b; }", Some(None)),
            ("{ inherit a; $b = 1; }", None),
            ("{ $b = 1; }", None),
            ("{ inherited = 1; a.$b = 1; }", None),
            ("inherit ($b", None),
        ] {
            let offset = text.find('$').unwrap();
            let text = text.replacen('$', "", 1);
            assert_eq!(inherited(&text, offset), expected, "{text}");
        }
    }

    #[test]
    fn definitions_are_found_by_their_names() {
        let text = "let\n  ab = 1;\n  a == b;\n  a =\n    1;";
        assert_eq!(definition(text, "a"), text.find("a =\n"));
        assert_eq!(definition(text, "b"), None);
    }
}
