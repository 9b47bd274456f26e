//! The names that mean something to the module system, interned once.

use conex_evaluator::{Evaluator, Symbol};

macro_rules! words {
    ($($field:ident: $text:literal,)*) => {
        /// The names that mean something to the module system.
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct Words {
            $(pub(crate) $field: Symbol,)*
        }

        impl Words {
            pub(crate) fn new(evaluator: &mut Evaluator<'_>) -> Self {
                Self { $($field: evaluator.symbol($text),)* }
            }
        }
    };
}

words! {
    type_tag: "_type",
    type_: "type",
    conex: "conex",
    kind: "kind",
    condition: "condition",
    content: "content",
    contents: "contents",
    priority: "priority",
    imports: "imports",
    require: "require",
    options: "options",
    config: "config",
    file_tag: "_file",
    class_tag: "_class",
    key: "key",
    meta: "meta",
    disabled_modules: "disabledModules",
    freeform_type: "freeformType",
    module: "_module",
    args: "args",
    assertions: "assertions",
    assertion: "assertion",
    warnings: "warnings",
    name: "name",
    lib: "lib",
    pkgs: "pkgs",
    special_args: "specialArgs",
    containers: "containers",
    path: "path",
    flake: "flake",
    default: "default",
    default_text: "defaultText",
    description: "description",
    example: "example",
    apply: "apply",
    read_only: "readOnly",
    internal: "internal",
    visible: "visible",
    text: "text",
    modules: "modules",
    check: "check",
    merge: "merge",
    min: "min",
    max: "max",
    pattern: "pattern",
    separator: "separator",
    values: "values",
    elem: "elem",
    lazy: "lazy",
    above: "above",
    non_empty: "nonEmpty",
    single_line: "singleLine",
    absolute: "absolute",
    in_store: "inStore",
    coerce: "coerce",
    alias_of: "aliasOf",
    removed: "conexRemoved",
    since: "since",
    disruption: "disruption",
    compiles_to: "compilesTo",
    left: "left",
    right: "right",
    from: "from",
    to: "to",
    message: "message",
    tags: "tags",
    class: "class",
    prefix_tag: "_prefix",
    helpers: "helpers",
    named: "named",
    placeholder: "placeholder",
    empty_value: "emptyValue",
    internal_module: "internalModule",
    recursive_update: "recursiveUpdate",
    file: "file",
    value: "value",
    prefix: "prefix",
    modules_path: "modulesPath",
    shorthand: "shorthandOnlyDefinesConfig",
    out_path: "outPath",
    to_string: "__toString",
    functor: "__functor",
    functor_args: "__functionArgs",
}
