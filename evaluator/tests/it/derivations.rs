//! Derivations of many shapes, against the Nix that is installed.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use conex_evaluator::{Evaluator, Heap, Settings};

use crate::host::Disk;

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        // Knuth's MMIX generator; its high bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % bound
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn of<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.below(texts.len() as u64) as usize]
    }
}

/// The value of an attribute; `before` derivations can be referred to.
fn value(numbers: &mut Numbers, before: u64, depth: u64) -> String {
    let earlier = match before {
        0 => "\"none\"".to_owned(),
        before => format!("(builtins.elemAt all {})", numbers.below(before)),
    };
    match numbers.below(10) {
        0 => format!("{}", numbers.below(1 << 40)),
        1 => numbers.of(&["true", "false", "null", "1.5", "0.25"]).into(),
        2 => {
            numbers.of(&["\"\"", "\"a b\"", "\"\\n\\t\\\"\\\\\"", "\"ü${\"x\"}\"", "''$''"]).into()
        }
        3 if depth < 3 => {
            let elements: Vec<_> = (0..numbers.below(4))
                .map(|_| format!("({})", value(numbers, before, depth + 1)))
                .collect();
            format!("[ {} ]", elements.join(" "))
        }
        4 | 5 => earlier,
        6 => format!("\"-I${{{earlier}}}/include\""),
        7 => "(builtins.toFile \"text\" \"a text\")".into(),
        8 => format!("(let x = {earlier}; in x.dev or x)"),
        _ => numbers.of(&["./host.rs", "(builtins.placeholder \"out\")", "\"--flag\""]).into(),
    }
}

fn derivation(numbers: &mut Numbers, index: u64) -> String {
    let mut text = format!("derivation {{ name = \"d{index}\"; system = \"x\"; builder = \"b\";");
    let structured = numbers.chance(30);
    if structured {
        text.push_str(" __structuredAttrs = true;");
    }
    if numbers.chance(30) {
        text.push_str(" __ignoreNulls = true;");
    }
    if numbers.chance(30) {
        let algorithm = numbers.of(&["md5", "sha1", "sha256", "sha512"]);
        let mode = numbers.of(&["flat", "recursive"]);
        let _ = write!(
            text,
            " outputHash = builtins.hashString \"{algorithm}\" \"{index}\"; outputHashAlgo = \"{algorithm}\"; outputHashMode = \"{mode}\";"
        );
    } else if numbers.chance(50) {
        text.push_str(numbers.of(&[
            " outputs = [ \"out\" \"dev\" ];",
            " outputs = [ \"lib\" ];",
            " outputs = [ \"dev\" \"out\" \"man\" ];",
        ]));
    }
    for name in ["args", "a", "B", "z-z", "\"with space\"", "out"] {
        if numbers.chance(40) {
            let value = match name {
                "args" => format!("[ ({}) ]", value(numbers, index, 1)),
                "out" => "\"overwritten\"".into(),
                _ if structured && numbers.chance(30) => {
                    format!("{{ y = {}; x = 1; }}", value(numbers, index, 1))
                }
                _ => value(numbers, index, 0),
            };
            let _ = write!(text, " {name} = {value};");
        }
    }
    text + " }"
}

fn program(seed: u64) -> String {
    let numbers = &mut Numbers(seed);
    let all: Vec<_> = (0..20).map(|index| format!("({})", derivation(numbers, index))).collect();
    let paths = "map (d: [ d.drvPath ] ++ map (output: output.outPath) d.all) all";
    format!("let all = [\n{}\n];\nin {paths}\n", all.join("\n"))
}

#[test]
fn generated_derivations_have_the_paths_of_nix() {
    if Command::new("nix-instantiate").arg("--version").output().is_err() {
        println!("skipped: generated_derivations_have_the_paths_of_nix: no nix-instantiate here");
        return;
    }
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    for seed in 0..25 {
        let program = program(seed);
        let heap = Heap::new();
        let io = Disk::default();
        let mut evaluator = Evaluator::new(&heap, &io, Settings::default());
        let value = evaluator.eval_text("«string»", &program, &directory);
        let ours = value.and_then(|value| evaluator.to_json(value, true));
        let ours = ours.unwrap_or_else(|error| panic!("{}\n{program}", error.message()));
        let mut nix = Command::new("nix-instantiate");
        nix.args(["--eval", "--strict", "--json", "--readonly-mode", "-E", &program]);
        let real = nix.current_dir(&directory).env("NIX_REMOTE", "dummy://").output().unwrap();
        let stderr = String::from_utf8_lossy(&real.stderr);
        assert!(real.status.success(), "{stderr}\n{program}");
        let (ours, real) = (String::from_utf8_lossy(&ours), String::from_utf8_lossy(&real.stdout));
        assert_eq!(ours.trim_end(), real.trim_end(), "{program}");
    }
}
