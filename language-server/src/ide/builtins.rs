//! What the builtins of Nix do, in a few words each.

/// What is to be said of a builtin: its name, what it is called with, and what
/// comes of it.
struct Builtin(&'static str, &'static str, &'static str);

/// What there is to say of a builtin, in Markdown. Globals with `__` are
/// known, too.
pub(super) fn documentation(name: &str) -> Option<String> {
    let name = name.strip_prefix("__").unwrap_or(name);
    let at = BUILTINS.binary_search_by_key(&name, |builtin| builtin.0).ok()?;
    let Builtin(name, arguments, text) = BUILTINS.get(at)?;
    let space = if arguments.is_empty() { "" } else { " " };
    Some(format!("`{name}{space}{arguments}`: {text}"))
}

/// The names that are global without `builtins.`.
pub(super) const GLOBAL: [&str; 14] = [
    "abort",
    "baseNameOf",
    "builtins",
    "derivation",
    "dirOf",
    "fetchGit",
    "fetchTarball",
    "import",
    "isNull",
    "map",
    "placeholder",
    "removeAttrs",
    "throw",
    "toString",
];

/// Sorted by name.
#[rustfmt::skip]
const BUILTINS: &[Builtin] = &[
    Builtin("abort", "message", "Ends the evaluation with a message; `tryEval` does not catch it."),
    Builtin("add", "a b", "The sum of two numbers."),
    Builtin("addDrvOutputDependencies", "text", "The text, depending on all that the derivation file it names depends on and makes, not on the file alone."),
    Builtin("addErrorContext", "message value", "The value; if its evaluation fails, the trace has the message."),
    Builtin("all", "predicate list", "Whether the predicate holds for every element."),
    Builtin("any", "predicate list", "Whether the predicate holds for some element."),
    Builtin("appendContext", "text context", "The text with more store paths that it depends on."),
    Builtin("attrNames", "set", "The names of a set, sorted."),
    Builtin("attrValues", "set", "The values of a set, in the order of their names."),
    Builtin("baseNameOf", "path", "What stands behind the last slash."),
    Builtin("bitAnd", "a b", "The bits that are set in both integers."),
    Builtin("bitOr", "a b", "The bits that are set in one of both integers."),
    Builtin("bitXor", "a b", "The bits that are set in just one of both integers."),
    Builtin("break", "value", "The value; a debugger stops here."),
    Builtin("builtins", "", "The set of everything that is built in."),
    Builtin("catAttrs", "name sets", "The values of a name, of those sets that have it."),
    Builtin("ceil", "number", "The next integer that is not smaller."),
    Builtin("compareVersions", "a b", "-1, 0 or 1, as the first version is older, the same or newer."),
    Builtin("concatLists", "lists", "All lists one behind the other."),
    Builtin("concatMap", "f list", "The lists that the function makes of the elements, one behind the other."),
    Builtin("concatStringsSep", "separator texts", "The texts with the separator between them."),
    Builtin("convertHash", "{ hash, hashAlgo, toHashFormat }", "A hash in another notation."),
    Builtin("currentSystem", "", "The system that the evaluation is for, `x86_64-linux` for one."),
    Builtin("currentTime", "", "The seconds since 1970 when the evaluation began."),
    Builtin("deepSeq", "first second", "The second value, once the first one is evaluated to the end."),
    Builtin("derivation", "{ name, builder, system, … }", "A set that stands for what the builder makes."),
    Builtin("derivationStrict", "{ name, builder, system, … }", "What `derivation` asks for the paths of the outputs."),
    Builtin("dirOf", "path", "What stands before the last slash."),
    Builtin("div", "a b", "The quotient of two numbers; of integers, without the remainder."),
    Builtin("elem", "value list", "Whether the value is in the list."),
    Builtin("elemAt", "list index", "The element with this index, from 0."),
    Builtin("false", "", "Not true."),
    Builtin("fetchClosure", "{ fromStore, fromPath, … }", "A store path out of a binary cache."),
    Builtin("fetchGit", "url or { url, rev, ref, … }", "The files of a Git repository."),
    Builtin("fetchMercurial", "url or { url, rev, … }", "The files of a Mercurial repository."),
    Builtin("fetchTarball", "url or { url, sha256, name }", "The unpacked files of an archive."),
    Builtin("fetchTree", "{ type, … }", "The files of a source of any kind that flakes know."),
    Builtin("fetchurl", "url or { url, sha256, name }", "A file, downloaded."),
    Builtin("filter", "predicate list", "The elements that the predicate holds for."),
    Builtin("filterSource", "predicate path", "A copy of a directory in the store, of the files that the predicate holds for. `path` is the better one."),
    Builtin("findFile", "search-path name", "Where `<name>` leads along a search path."),
    Builtin("flakeRefToString", "{ type, … }", "A reference to a flake as a URL."),
    Builtin("floor", "number", "The next integer that is not greater."),
    Builtin("foldl'", "op start list", "Combines all elements from the left: `op (op start x1) x2` and so on."),
    Builtin("fromJSON", "text", "The value that a text of JSON stands for."),
    Builtin("fromTOML", "text", "The set that a text of TOML stands for."),
    Builtin("functionArgs", "function", "The named arguments of a function, and whether they have defaults."),
    Builtin("genList", "f length", "What the function makes of 0, 1, 2 and so on."),
    Builtin("genericClosure", "{ startSet, operator }", "All that can be reached: the operator gives the next ones of each, `key` tells them apart."),
    Builtin("getAttr", "name set", "The value of a name; an error if there is none."),
    Builtin("getContext", "text", "The store paths that a text depends on."),
    Builtin("getEnv", "name", "A variable of the environment; empty where there is none, and when the evaluation is pure."),
    Builtin("getFlake", "reference", "The outputs and inputs of a flake."),
    Builtin("groupBy", "f list", "A set of lists: the elements by the text that the function makes of them."),
    Builtin("hasAttr", "name set", "Whether a set has a name."),
    Builtin("hasContext", "text", "Whether a text depends on store paths."),
    Builtin("hashFile", "algorithm path", "The hash of a file, in hexadecimal digits: `md5`, `sha1`, `sha256` or `sha512`."),
    Builtin("hashString", "algorithm text", "The hash of a text, in hexadecimal digits."),
    Builtin("head", "list", "The first element."),
    Builtin("import", "path", "The value of a Nix file, or of the `default.nix` in a directory."),
    Builtin("intersectAttrs", "a b", "The attributes of the second set whose names the first one has."),
    Builtin("isAttrs", "value", "Whether it is a set."),
    Builtin("isBool", "value", "Whether it is a Boolean."),
    Builtin("isFloat", "value", "Whether it is a floating point number."),
    Builtin("isFunction", "value", "Whether it is a function."),
    Builtin("isInt", "value", "Whether it is an integer."),
    Builtin("isList", "value", "Whether it is a list."),
    Builtin("isNull", "value", "Whether it is null."),
    Builtin("isPath", "value", "Whether it is a path."),
    Builtin("isString", "value", "Whether it is a text."),
    Builtin("langVersion", "", "The version of the language."),
    Builtin("length", "list", "How many elements there are."),
    Builtin("lessThan", "a b", "Whether the first one is smaller."),
    Builtin("listToAttrs", "[ { name, value } ]", "A set of these attributes; the first one of a name counts."),
    Builtin("map", "f list", "What the function makes of each element."),
    Builtin("mapAttrs", "f set", "What the function makes of each name and value, under the same name."),
    Builtin("match", "regex text", "The groups of a regular expression that matches the whole text; null if it does not."),
    Builtin("mul", "a b", "The product of two numbers."),
    Builtin("nixPath", "", "The search path that `<name>` is looked for in."),
    Builtin("nixVersion", "", "The version of Nix."),
    Builtin("null", "", "No value."),
    Builtin("outputOf", "derivation output", "The path of an output of a derivation that another one makes."),
    Builtin("parseDrvName", "text", "A package's name taken apart: `name` and `version`."),
    Builtin("parseFlakeRef", "text", "A reference to a flake, taken apart."),
    Builtin("partition", "predicate list", "`right` has the elements that the predicate holds for, `wrong` the others."),
    Builtin("path", "{ path, name, filter, recursive, sha256 }", "A copy of a path in the store."),
    Builtin("pathExists", "path", "Whether there is something at a path."),
    Builtin("placeholder", "output", "A text that the builder finds replaced by the path of its output."),
    Builtin("readDir", "path", "The names in a directory, each with its kind: `regular`, `directory`, `symlink` or `unknown`."),
    Builtin("readFile", "path", "The contents of a file."),
    Builtin("readFileType", "path", "What is at a path: `regular`, `directory`, `symlink` or `unknown`."),
    Builtin("removeAttrs", "set names", "The set without these names."),
    Builtin("replaceStrings", "from to text", "The text with what is in the first list replaced by what is in the second one."),
    Builtin("scopedImport", "set path", "`import` of a file that sees the attributes of the set as variables."),
    Builtin("seq", "first second", "The second value, once the first one is evaluated."),
    Builtin("sort", "less list", "The list sorted: `less a b` tells whether `a` comes first."),
    Builtin("split", "regex text", "The parts of a text between what a regular expression matches, and lists of its groups in between."),
    Builtin("splitVersion", "text", "The parts of a version."),
    Builtin("storeDir", "", "The directory of the store."),
    Builtin("storePath", "path", "A path that is in the store, as something to depend on."),
    Builtin("stringLength", "text", "How many bytes a text has."),
    Builtin("sub", "a b", "The difference of two numbers."),
    Builtin("substring", "start length text", "A part of a text, in bytes; with a negative length, up to the end."),
    Builtin("tail", "list", "The list without its first element."),
    Builtin("throw", "message", "Fails with a message; `tryEval` catches it."),
    Builtin("toFile", "name text", "A file in the store with this text."),
    Builtin("toJSON", "value", "The value as JSON."),
    Builtin("toPath", "text", "An absolute path as a text. It is no longer needed."),
    Builtin("toString", "value", "The value as a text; of a list, its elements with spaces between."),
    Builtin("toXML", "value", "The value as XML."),
    Builtin("trace", "message value", "The value; prints the message when it is used."),
    Builtin("traceVerbose", "message value", "The same, where `trace-verbose` is on."),
    Builtin("true", "", "True."),
    Builtin("tryEval", "value", "`success` tells whether the evaluation was not ended by `throw` or `assert`; `value` is what came of it."),
    Builtin("typeOf", "value", "The name of its type: `int`, `bool`, `string`, `path`, `null`, `set`, `list`, `lambda` or `float`."),
    Builtin("unsafeDiscardOutputDependency", "text", "The text, depending on derivation files and not on what they make."),
    Builtin("unsafeDiscardStringContext", "text", "The text without what it depends on."),
    Builtin("unsafeGetAttrPos", "name set", "Where an attribute is defined: `file`, `line` and `column`."),
    Builtin("warn", "message value", "The value; prints a warning when it is used."),
    Builtin("zipAttrsWith", "f sets", "One set of all: the function gets each name with the list of its values."),
];

#[cfg(test)]
pub(super) mod tests {
    use std::io;
    use std::path::{Path, PathBuf};

    use conex_evaluator::{Evaluator, FileKind, Heap, Io, View};

    use super::*;

    /// Nothing is there.
    pub(in crate::ide) struct NoDisk;

    impl Io for NoDisk {
        fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
            Err(io::ErrorKind::NotFound.into())
        }

        fn kind(&self, _: &Path) -> io::Result<FileKind> {
            Err(io::ErrorKind::NotFound.into())
        }

        fn is_executable(&self, _: &Path) -> io::Result<bool> {
            Ok(false)
        }

        fn read_dir(&self, _: &Path) -> io::Result<Vec<(String, FileKind)>> {
            Ok(Vec::new())
        }

        fn read_link(&self, _: &Path) -> io::Result<PathBuf> {
            Err(io::ErrorKind::NotFound.into())
        }

        fn env(&self, _: &str) -> Option<String> {
            None
        }

        fn now(&self) -> i64 {
            0
        }

        fn message(&self, _: &str) {}
    }

    #[test]
    fn all_builtins_are_documented_and_nothing_else() {
        let heap = Heap::new();
        let mut settings = conex_options::settings();
        settings.features.enable("flakes fetch-closure dynamic-derivations");
        let mut evaluator = Evaluator::new(&heap, &NoDisk, settings);
        let builtins = evaluator.eval_text("«test»", "builtins", "/".as_ref()).unwrap();
        let View::Attrs(builtins) = builtins.view() else { panic!("no set") };
        let mut names: Vec<&str> =
            builtins.as_slice(&heap).iter().map(|attr| evaluator.name(attr.name)).collect();
        names.sort_unstable();
        let documented: Vec<&str> = BUILTINS.iter().map(|builtin| builtin.0).collect();
        assert_eq!(documented, names);
        assert!(GLOBAL.iter().all(|name| documentation(name).is_some()));
    }

    #[test]
    fn arguments_are_named() {
        assert_eq!(
            documentation("__elemAt").as_deref(),
            Some("`elemAt list index`: The element with this index, from 0.")
        );
        assert_eq!(documentation("nonsense"), None);
    }
}
