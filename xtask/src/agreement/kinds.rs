//! What an error of a module system is about: the kind of mistake and the
//! option, from the words of the message. What nixpkgs says and what conex
//! says are to come to the same.

/// A part of a message, and the kind of mistake that it tells of.
const KINDS: &[(&str, &str)] = &[
    ("infinite recursion", "infinite-recursion"),
    ("stack overflow", "infinite-recursion"),
    ("max-call-depth exceeded", "infinite-recursion"),
    ("' does not exist", "unknown-option"),
    ("incompatible with", "incoherent-type"),
    ("is not of type", "wrong-type"),
    ("is neither a value of type", "wrong-type"),
    ("has conflicting", "conflict"),
    ("Cannot merge definitions of", "conflict"),
    ("defined both null and not null", "conflict"),
    ("is defined both as", "conflict"),
    ("it's expected to be unique", "unique"),
    ("was accessed but has no value defined", "no-value"),
    ("is read-only", "read-only"),
    ("is already declared", "declared-twice"),
    ("declared multiple times with", "declared-twice"),
    ("would be a parent of", "nested-declaration"),
    ("is also declared as a set of options", "nested-declaration"),
    ("expected an option declaration at option path", "not-an-option"),
    ("must be declared by mkOption", "not-an-option"),
    ("An option declaration for", "declaration-type"),
    ("is not declared by mkOption", "declaration-type"),
    ("`options' of a module is a set", "declaration-type"),
    ("rather than an attribute set", "not-a-set"),
    ("is a set of options, but it is defined as", "not-a-set"),
    ("A module must be a set of options", "not-a-set"),
    ("has an unsupported attribute", "module-attribute"),
    ("' must be inside of `config'", "module-attribute"),
    ("can't be nested lists", "nested-imports"),
    ("A module can not be a list", "nested-imports"),
    ("not look like a module", "not-a-module"),
    ("Expected a module, but found", "not-a-module"),
    ("that expects class", "class"),
    ("disabledModules item", "disabled-modules"),
    ("called with a non-Boolean condition", "condition"),
    ("the condition of an mkIf is not a Boolean", "condition"),
    ("' missing", "missing-attribute"),
    ("is not given to this module", "missing-attribute"),
    ("undefined variable", "undefined-variable"),
    ("called without required argument", "missing-argument"),
    ("can not be ordered", "unexpected-argument"),
    ("called with unexpected argument", "unexpected-argument"),
    ("but found", "type-error"),
    ("cannot coerce", "type-error"),
    ("attempt to call something which is not a function", "type-error"),
    ("expected a", "type-error"),
];

/// The kinds whose messages name an option.
const OF_OPTIONS: &[&str] = &[
    "unknown-option",
    "wrong-type",
    "conflict",
    "unique",
    "no-value",
    "read-only",
    "nested-declaration",
    "not-an-option",
];

/// `kind path`, `kind`, or for what a module itself throws `throws TEXT`.
pub(crate) fn classify(message: &str) -> String {
    let found = KINDS.iter().find(|(part, _)| message.contains(part));
    let Some((_, kind)) = found else {
        return format!("throws {}", message.trim().lines().next().unwrap_or(""));
    };
    match option(message).filter(|_| OF_OPTIONS.contains(kind)) {
        Some(path) => format!("{kind} {path}"),
        None => (*kind).to_owned(),
    }
}

/// The first thing in quotes.
fn option(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once('`')?;
    let end = rest.find("' ").or_else(|| rest.find(['\'', '`']));
    let end = rest.find("` ").map_or(end, |other| Some(end.map_or(other, |end| end.min(other))));
    rest.get(..end?)
}
