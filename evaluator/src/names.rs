//! Names that the evaluator itself looks for, interned once.

use conex_parser::{Symbol, Symbols};

macro_rules! names {
    ($($field:ident: $text:literal,)*) => {
        /// Names that the evaluator itself looks for.
        #[derive(Debug, Clone, Copy)]
        pub struct Names {
            $(#[doc = concat!("`", $text, "`")] pub $field: Symbol,)*
        }

        impl Names {
            /// Interns the names.
            pub fn new(symbols: &mut Symbols) -> Self {
                Self { $($field: symbols.intern($text),)* }
            }
        }
    };
}

names! {
    functor: "__functor",
    overrides: "__overrides",
    to_string: "__toString",
    out_path: "outPath",
    drv_path: "drvPath",
    type_: "type",
    name: "name",
    value: "value",
    success: "success",
    file: "file",
    line: "line",
    column: "column",
    right: "right",
    wrong: "wrong",
    key: "key",
    start_set: "startSet",
    operator: "operator",
    path: "path",
    prefix: "prefix",
    version: "version",
}
