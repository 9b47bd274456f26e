//! What a text is made of, for who shows or edits it: its definitions and how
//! they lie in each other, its variables and where they are used, its paths
//! and strings.
//!
//! Made of the lossless tree, so that there is something to tell of a text
//! that is half-typed, too. Nothing is evaluated: how sets lie in each other
//! is what it looks like (`mkIf … { … }` is in its definition as `{ … }` is).

mod scopes;
mod walk;

use crate::Span;
use crate::tree::Tree;

/// What a text is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Structure {
    /// The definitions of attributes and variables, in the order of the text.
    pub entries: Vec<Entry>,
    /// The attribute sets, in the order of the text.
    pub sets: Vec<Set>,
    /// The variables.
    pub variables: Vec<Variable>,
    /// Where variables are used, in the order of the text.
    pub uses: Vec<Use>,
    /// The literal paths.
    pub paths: Vec<Literal>,
    /// The strings that are nothing but text.
    pub strings: Vec<Literal>,
    /// How many mistakes of grammar there are.
    pub mistakes: usize,
}

/// How one gets from a definition to a set in its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// By an attribute.
    Name(String),
    /// By any attribute: what a function makes.
    Any,
    /// By an element of a list.
    Element,
    /// Not at all: it only stands there.
    Elsewhere,
}

/// An attribute set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    /// With its braces.
    pub span: Span,
    /// The definition that it is in the value of.
    pub parent: Option<usize>,
    /// How one gets to it from there.
    pub between: Vec<Step>,
}

/// A definition, `a.b = c;`, or one name of an `inherit`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Whether it is an attribute or a variable of a `let`.
    pub kind: EntryKind,
    /// The set that it is in, if it is an attribute.
    pub set: Option<usize>,
    /// Its names.
    pub names: Vec<Name>,
    /// With its semicolon.
    pub span: Span,
    /// Its value, if there is one.
    pub value: Option<Span>,
}

/// What a definition is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// An attribute.
    Attribute,
    /// A variable of a `let`.
    Variable,
    /// An inherited attribute or variable.
    Inherited,
}

/// A name in a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The name; `None` if it is computed.
    pub text: Option<String>,
    /// Where it is.
    pub span: Span,
}

/// A variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub kind: VariableKind,
    /// Where its name stands where it is defined.
    pub span: Span,
    /// What it is defined as; of what is inherited from a set, that set.
    pub value: Option<Span>,
    /// Where it can be used.
    pub scope: Span,
}

/// What a variable is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VariableKind {
    /// Of a `let`.
    Let,
    /// An attribute of a `rec` set.
    Recursive,
    /// A name of an `inherit` in a `let` or `rec`: of the scope around it
    /// (`false`) or from a set (`true`).
    Inherited(bool),
    /// `x: …`, or the name of all arguments.
    Argument,
    /// `{ x }: …`, which callers name.
    Formal,
}

/// Where a variable is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// What it is called.
    pub name: String,
    /// Where.
    pub span: Span,
    /// Which one it is; `None` if it comes from a `with`, is a builtin, or
    /// is nothing.
    pub variable: Option<usize>,
    /// What is selected from it.
    pub selected: Vec<Name>,
    /// The `inherit` that it is in, up to its semicolon, with how many names
    /// stand in that.
    pub inherit: Option<(Span, usize)>,
}

/// A path or a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// Where, quotes included.
    pub span: Span,
    /// What is in it.
    pub text: String,
    /// The definition that it is in the value of, and how one gets there.
    pub parent: Option<usize>,
    /// How one gets to it from there.
    pub between: Vec<Step>,
}

/// Takes a text apart. Never fails.
pub fn structure(text: &str) -> Structure {
    if u32::try_from(text.len()).is_err() {
        return Structure::default();
    }
    let tree = Tree::new(text);
    let mistakes = tree.mistakes();
    let structure = tree.with_root(walk::walk).unwrap_or_default();
    Structure { mistakes, ..structure }
}

impl Structure {
    /// How one gets from the outermost set to a definition.
    pub fn path(&self, entry: usize) -> Vec<Step> {
        let names = self.entries.get(entry).map_or(0, |entry| entry.names.len());
        self.path_to(entry, names)
    }

    /// The same as far as to one of its names.
    pub fn path_to(&self, entry: usize, names: usize) -> Vec<Step> {
        let Some(entry) = self.entries.get(entry) else { return Vec::new() };
        let mut path = match entry.set {
            Some(set) => self.path_of_set(set),
            None => Vec::new(),
        };
        path.extend(entry.names.iter().take(names).map(|name| match &name.text {
            Some(text) => Step::Name(text.clone()),
            None => Step::Any,
        }));
        path
    }

    /// How one gets from the outermost set to one in it.
    pub fn path_of_set(&self, set: usize) -> Vec<Step> {
        let Some(set) = self.sets.get(set) else { return Vec::new() };
        self.path_between(set.parent, &set.between)
    }

    /// How one gets to what is in the value of a definition.
    pub fn path_between(&self, parent: Option<usize>, between: &[Step]) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut next = (parent, between);
        // From the inside out, then turned around.
        loop {
            steps.extend(next.1.iter().rev().cloned());
            let Some(entry) = next.0.and_then(|entry| self.entries.get(entry)) else { break };
            steps.extend(entry.names.iter().rev().map(|name| match &name.text {
                Some(text) => Step::Name(text.clone()),
                None => Step::Any,
            }));
            let Some(set) = entry.set.and_then(|set| self.sets.get(set)) else { break };
            next = (set.parent, &set.between);
        }
        steps.reverse();
        steps
    }

    /// The innermost set around an offset.
    pub fn set_at(&self, offset: u32) -> Option<usize> {
        let around = |set: &Set| set.span.start < offset && offset < set.span.end;
        self.sets.iter().rposition(around)
    }

    /// The name of a definition at an offset: which definition, which name.
    pub fn name_at(&self, offset: u32) -> Option<(usize, usize)> {
        self.entries.iter().enumerate().find_map(|(index, entry)| {
            let touches = |name: &Name| name.span.start <= offset && offset <= name.span.end;
            Some((index, entry.names.iter().position(touches)?))
        })
    }

    /// The innermost definition with an offset in its value.
    pub fn value_at(&self, offset: u32) -> Option<usize> {
        let around = |entry: &Entry| {
            entry.value.is_some_and(|value| value.start <= offset && offset <= value.end)
        };
        self.entries.iter().rposition(around)
    }

    /// The use of a variable, or what is selected from one, at an offset:
    /// with how many selected names up to there.
    pub fn use_at(&self, offset: u32) -> Option<(&Use, usize)> {
        let within = |span: Span| span.start <= offset && offset <= span.end;
        self.uses.iter().find_map(|used| {
            if within(used.span) {
                return Some((used, 0));
            }
            let selected = used.selected.iter().position(|name| within(name.span))?;
            Some((used, selected + 1))
        })
    }

    /// The variable that is defined or used at an offset.
    pub fn variable_at(&self, offset: u32) -> Option<usize> {
        let within = |span: Span| span.start <= offset && offset <= span.end;
        let used = self.uses.iter().find(|used| within(used.span)).and_then(|used| used.variable);
        used.or_else(|| self.variables.iter().position(|variable| within(variable.span)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How one gets to the definition with a name at the mark `^`.
    fn path(marked: &str) -> String {
        let at = marked.find('^').unwrap();
        let found = structure(&marked.replacen('^', "", 1));
        let (entry, name) = found.name_at(u32::try_from(at).unwrap()).unwrap();
        let steps = found.path_to(entry, name + 1).into_iter().map(|step| match step {
            Step::Name(name) => name,
            Step::Any => "<any>".to_owned(),
            Step::Element => "*".to_owned(),
            Step::Elsewhere => "?".to_owned(),
        });
        steps.collect::<Vec<_>>().join(".")
    }

    #[test]
    fn definitions_lie_in_each_other_as_they_look() {
        for (text, expected) in [
            ("{ a.b = { ^c = 1; }; }", "a.b.c"),
            ("{ a.^b.c = 1; }", "a.b"),
            ("{ lib, ... }: { a = lib.mkIf true { \"b c\".^d = 1; }; }", "a.b c.d"),
            ("{ a = mkMerge [ { ^b = 1; } ]; }", "a.b"),
            ("{ a = [ { } { ^b = 1; } ]; }", "a.*.b"),
            ("{ a = genAttrs names (n: { ^b = 1; }); }", "a.<any>.b"),
            ("{ a = mapAttrs (n: v: { ^b = 1; }) x; }", "a.<any>.b"),
            ("{ a = (f (g x)) { ^b = 1; }; }", "a.b"),
            ("{ a = f { ^b = 1; } x; }", "?.b"),
            ("{ a = if x then { } else { ^b = 1; }; }", "a.b"),
            ("{ a = with { ^b = 1; }; c; }", "?.b"),
            ("let a = { ^b = 1; }; in a", "a.?.b"),
            ("{ a.${x}.^b = 1; }", "a.<any>.b"),
            ("{ a = { ^b", "a.b"),
        ] {
            assert_eq!(path(text), expected, "{text}");
        }
    }

    #[test]
    fn of_many_levels_not_all_are_remembered_at_each() {
        let found = structure(&format!("{{ a = {}", "[ \"x\" ".repeat(2000)));
        assert_eq!(found.strings.len(), 2000);
        assert!(found.strings.iter().all(|text| text.between.len() < 40));
        assert_eq!(found.strings[9].between, vec![Step::Element; 10]);
    }

    /// What each use of a variable is: the place of its definition.
    fn uses(text: &str) -> Vec<(String, Option<u32>)> {
        let found = structure(text);
        let of = |used: &Use| {
            let variable = used.variable.and_then(|it| found.variables.get(it));
            (used.name.clone(), variable.map(|it| it.span.start))
        };
        found.uses.iter().map(of).collect()
    }

    #[test]
    fn names_mean_the_innermost_variable() {
        let x = |at| ("x".to_owned(), at);
        for (text, expected) in [
            ("let x = 1; in let x = 2; in x", vec![x(Some(18))]),
            ("x: { x = x; }", vec![x(Some(0))]),
            ("x: rec { x = x; }", vec![x(Some(9))]),
            ("x: rec { inherit x; }", vec![x(Some(0))]),
            ("{ x ? 1, y ? x }: y", vec![x(Some(2)), ("y".to_owned(), Some(9))]),
            ("with { x = 1; }; x", vec![x(None)]),
            ("x: \"${x}\"", vec![x(Some(0))]),
        ] {
            assert_eq!(uses(text), expected, "{text}");
        }
    }

    #[test]
    fn half_a_string_is_no_panic() {
        for text in [
            "\"${",
            "\"a${b",
            "''${x",
            "{ a = \"b",
            "{ a.\"b",
            "{ a.${",
            "a.b.",
            "{ inherit (",
            "x@",
        ] {
            structure(text);
        }
    }
}
