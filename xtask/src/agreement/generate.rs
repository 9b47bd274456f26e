//! Module sets by their seed: a few options of any type, and modules that
//! define them in all the ways there are, mostly as the types want it.

use crate::differential::random::Random;

/// A module set: a function of `{ lib }`.
pub(super) fn module_set(seed: u64) -> String {
    let mut generator = Generator { random: Random::new(seed), careful: !seed.is_multiple_of(3) };
    let options: Vec<Declared> = (0..1 + generator.random.below(4))
        .map(|index| Declared { name: ["a", "b", "s.c", "s.d"][index], ty: generator.ty(2) })
        .collect();
    let mut modules = vec![generator.declarations(&options)];
    for _ in 0..1 + generator.random.below(4) {
        modules.push(generator.module(&options));
    }
    if generator.random.chance(10) {
        modules.push(generator.declarations(&options[..1]));
    }
    format!("{{ lib }}: with lib; {{ modules = [\n  {}\n]; }}", modules.join("\n  "))
}

struct Declared {
    name: &'static str,
    ty: Type,
}

/// An option type, as far as its definitions depend on it.
#[derive(Clone)]
enum Type {
    /// The type's text and texts of values, most of them fine.
    Plain(&'static str, &'static [&'static str]),
    /// A type of one other.
    Of(&'static str, Box<Type>),
    Either(Box<Type>, Box<Type>),
    Coerced(Box<Type>),
    Submodule(Vec<(&'static str, Type)>, Options),
}

/// What else a submodule has.
#[derive(Clone, Copy)]
struct Options {
    freeform: bool,
    default: bool,
    function: bool,
}

const PLAIN: &[(&str, &[&str])] = &[
    ("types.int", &["1", "1", "1", "1", "1", "2", "\"x\""]),
    ("types.ints.u8", &["255", "255", "255", "256"]),
    ("types.ints.positive", &["7", "7", "7", "0"]),
    ("types.bool", &["true", "true", "true", "true", "false", "null"]),
    ("types.boolByOr", &["true", "false"]),
    ("types.str", &["\"x\"", "\"x\"", "\"x\"", "\"x\"", "\"y\"", "3"]),
    ("types.nonEmptyStr", &["\"x\"", "\"x\"", "\"x\"", "\" \""]),
    ("types.singleLineStr", &["\"x\"", "\"x\"", "\"x\\n\"", "\"x\\ny\""]),
    ("types.lines", &["\"x\"", "\"y\"", "\"z\\n\"", "\"t\"", "\"u\"", "1"]),
    ("types.commas", &["\"x\"", "\"y\""]),
    ("types.path", &["\"/x\"", "\"/x\"", "\"/x\"", "\"/x\"", "\"x\"", "/y"]),
    ("types.float", &["1.5", "1.5", "1.5", "1"]),
    ("types.number", &["1.5", "1.5", "1.5", "1", "\"1\""]),
    ("(types.enum [ \"x\" 1 ])", &["\"x\"", "\"x\"", "\"x\"", "\"x\"", "1", "\"z\""]),
    ("(types.strMatching \"[a-c]+\")", &["\"ab\"", "\"ab\"", "\"ab\"", "\"ab\"", "\"x\""]),
    ("types.attrs", &["{ p = 1; }", "{ p = 2; q.r = 3; }", "{ q = 1; }", "{ }", "[ ]"]),
    ("types.raw", &["1", "{ p = mkForce 1; }", "[ (mkIf true 1) ]"]),
    (
        "types.anything",
        &[
            "1",
            "{ p = 1; }",
            "{ p = 1; q = [ 1 ]; }",
            "{ q = [ 1 ]; r.t = mkDefault 1; }",
            "{ r.t = 2; p = mkIf false 3; }",
            "null",
            "{ outPath = \"/o\"; }",
            "(x: { y = x; })",
        ],
    ),
    ("types.unspecified", &["1", "1", "[ 1 ]", "[ 2 ]", "{ p = 1; }", "\"x\"", "true"]),
    ("(mkOptionType { name = \"t\"; check = isInt; })", &["1", "1", "1", "1", "2", "\"x\""]),
    ("(types.addCheck types.int (x: x < 5))", &["1", "1", "1", "1", "7"]),
    (
        "(types.attrTag { x = mkOption { type = types.int; }; y = mkOption { type = types.str; }; })",
        &["{ x = 1; }", "{ x = 1; }", "{ y = \"2\"; }", "{ z = 1; }", "{ x = 1; y = \"2\"; }"],
    ),
];

const WRAPPERS: &[&str] = &[
    "types.listOf",
    "types.listOf",
    "types.attrsOf",
    "types.attrsOf",
    "types.lazyAttrsOf",
    "types.nullOr",
    "types.nonEmptyListOf",
    "types.uniq",
    "types.functionTo",
];

impl Type {
    fn text(&self) -> String {
        match self {
            Self::Plain(text, _) => (*text).to_owned(),
            Self::Of(wrapper, inner) => format!("({wrapper} {})", inner.text()),
            Self::Either(left, right) => {
                format!("(types.either {} {})", left.text(), right.text())
            }
            Self::Coerced(to) => {
                format!("(types.coercedTo types.int (n: [ n ]) (types.listOf {}))", to.text())
            }
            Self::Submodule(options, more) => {
                let mut text = String::new();
                for (name, ty) in options {
                    text.push_str(&format!(
                        "options.{name} = mkOption {{ type = {}; }}; ",
                        ty.text()
                    ));
                }
                if more.freeform {
                    text.push_str("freeformType = types.attrsOf types.int; ");
                }
                if more.default {
                    text.push_str("options.n = mkOption { default = \"none\"; }; ");
                }
                let head = if more.function { "{ name, config, ... }: " } else { "" };
                format!("(types.submodule ({head}{{ {text}}}))")
            }
        }
    }
}

struct Generator {
    random: Random,
    /// Whether mistakes are rare.
    careful: bool,
}

impl Generator {
    fn ty(&mut self, depth: usize) -> Type {
        let plain = |random: &mut Random| {
            let (text, values) = random.pick(PLAIN);
            Type::Plain(text, values)
        };
        if depth == 0 {
            return plain(&mut self.random);
        }
        match self.random.below(10) {
            0..=3 => plain(&mut self.random),
            4..=6 => {
                let wrapper = self.random.pick(WRAPPERS);
                Type::Of(wrapper, Box::new(self.ty(depth - 1)))
            }
            7 => Type::Either(Box::new(self.ty(depth - 1)), Box::new(self.ty(0))),
            8 if self.random.chance(40) => Type::Coerced(Box::new(self.ty(0))),
            _ => {
                let names = ["p", "q"];
                let count = 1 + self.random.below(2);
                let options =
                    names[..count].iter().map(|name| (*name, self.ty(depth - 1))).collect();
                let more = Options {
                    freeform: self.random.chance(25),
                    default: self.random.chance(30),
                    function: self.random.chance(40),
                };
                Type::Submodule(options, more)
            }
        }
    }

    fn declarations(&mut self, options: &[Declared]) -> String {
        let mut text = String::new();
        for Declared { name, ty } in options {
            let mut fields = format!("type = {}; ", ty.text());
            if self.random.chance(60) {
                let value = self.value(ty, 2);
                fields.push_str(&format!("default = {value}; "));
            }
            if self.random.chance(6) {
                fields.push_str("apply = x: [ x ]; ");
            }
            if matches!(ty, Type::Plain(..)) && self.random.chance(6) {
                fields.push_str("readOnly = true; ");
            }
            text.push_str(&format!("options.{name} = mkOption {{ {fields}}}; "));
        }
        if self.random.chance(8) {
            text.push_str("freeformType = types.attrsOf types.anything; ");
        }
        if self.random.chance(5) {
            text.push_str("config._module.check = false; ");
        }
        format!("{{ {text}}}")
    }

    /// A module that defines some of the options.
    fn module(&mut self, options: &[Declared]) -> String {
        let mut text = String::new();
        for Declared { name, ty } in options {
            if self.random.chance(80) {
                let value = self.definition(ty, 2);
                text.push_str(&format!("{name} = {value}; "));
            }
        }
        if self.random.chance(2) {
            text.push_str("s.unknown = 1; ");
        }
        let set = format!("{{ {text}}}");
        let kind = if self.careful { 2 } else { 0 };
        match kind + self.random.below(12) {
            0 => format!("({})", self.property(&set)),
            1 => format!("{{ config = {}; }}", self.property(&set)),
            2 => format!("({{ config, lib, ... }}: {set})"),
            3 => format!("{{ imports = [ {set} {} ]; }}", self.module(&options[..1])),
            4 => format!("{{ config = mkMerge [ {set} {{ }} ]; }}"),
            _ => set,
        }
    }

    fn property(&mut self, value: &str) -> String {
        match self.random.below(9) {
            0 => format!("mkIf true {value}"),
            1 => format!("mkIf false {value}"),
            2 => format!("mkForce {value}"),
            3 => format!("mkDefault {value}"),
            4 => format!("mkOptionDefault {value}"),
            5 => format!("mkMerge [ {value} ]"),
            6 => format!("mkOverride 70 {value}"),
            7 => format!("mkIf (1 < 2) ({})", self.property(value)),
            _ => format!("mkMerge [ ({}) ]", self.property(value)),
        }
    }

    /// A definition: a value, or one with properties.
    fn definition(&mut self, ty: &Type, depth: usize) -> String {
        let value = self.value(ty, depth);
        match self.random.below(12) {
            0..=2 => format!("({})", self.property(&value)),
            3 => format!("(mkBefore {value})"),
            4 if self.random.chance(50) => format!("(mkForce (mkAfter {value}))"),
            5 => {
                let other = self.value(ty, depth);
                format!("(mkMerge [ {value} {other} ])")
            }
            _ => value,
        }
    }

    fn value(&mut self, ty: &Type, depth: usize) -> String {
        if self.random.chance(1) {
            return self.random.pick(&["null", "[ ]", "{ }", "(x: x)"]).into();
        }
        match ty {
            Type::Plain(_, values) if self.careful && self.random.chance(97) => {
                values[0].to_owned()
            }
            Type::Plain(_, values) => self.random.pick(values).to_owned(),
            Type::Of("types.listOf" | "types.nonEmptyListOf", elem) => {
                let count = self.random.below(3);
                let elements: Vec<_> = (0..count).map(|_| self.part(elem, depth)).collect();
                format!("[ {} ]", elements.join(" "))
            }
            Type::Of("types.attrsOf" | "types.lazyAttrsOf", elem) => {
                let mut text = String::from("{ ");
                for name in ["x", "y", "\"z z\""] {
                    if self.random.chance(50) {
                        let value = self.part(elem, depth);
                        text.push_str(&format!("{name} = {value}; "));
                    }
                }
                text + "}"
            }
            Type::Of("types.nullOr", _) if self.random.chance(30) => "null".into(),
            Type::Of("types.functionTo", elem) => format!("(_: {})", self.part(elem, depth)),
            Type::Of(_, elem) => self.value(elem, depth),
            Type::Either(left, right) => match self.random.chance(60) {
                true => self.value(left, depth),
                false => self.value(right, depth),
            },
            Type::Coerced(to) => match self.random.chance(40) {
                true => "3".into(),
                false => format!("[ {} ]", self.value(to, depth)),
            },
            Type::Submodule(options, _) => self.submodule(options, depth),
        }
    }

    fn submodule(&mut self, options: &[(&'static str, Type)], depth: usize) -> String {
        let mut text = String::from("{ ");
        for (name, ty) in options {
            if self.random.chance(85) {
                let value = self.definition(ty, depth.saturating_sub(1));
                text.push_str(&format!("{name} = {value}; "));
            }
        }
        if self.random.chance(3) {
            text.push_str("other = 1; ");
        }
        text.push('}');
        match self.random.below(10) {
            0 => format!("({{ ... }}: {text})"),
            1 => format!("({{ config, ... }}: {{ config = {text}; }})"),
            _ => text,
        }
    }

    /// An element or attribute.
    fn part(&mut self, ty: &Type, depth: usize) -> String {
        match self.random.chance(80) {
            true => self.value(ty, depth.saturating_sub(1)),
            false => self.definition(ty, depth.saturating_sub(1)),
        }
    }
}
