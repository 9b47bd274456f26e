//! `values FILE`: what a configuration came to, for a look by hand.

#![expect(clippy::print_stdout, reason = "that is what it is for")]
#![expect(clippy::disallowed_methods, reason = "it is a program: it has a disk and a clock")]

use std::path::PathBuf;
use std::time::Instant;

use conex_evaluator::{Evaluator, Heap, Settings};
use conex_model::Value;

#[path = "../tests/it/disk.rs"]
mod disk;

fn show(value: &Value, indent: usize) -> String {
    let pad = " ".repeat(indent + 2);
    match value {
        Value::Null => "null".into(),
        Value::Bool(b) => b.to_string(),
        Value::Int(i) => i.to_string(),
        Value::Float(f) => f.to_string(),
        Value::Str(s) => format!("{s:?}"),
        Value::Path(p) => p.to_string(),
        Value::List(l) => {
            let parts: Vec<_> = l.iter().map(|e| show(&e.value, indent + 2)).collect();
            format!("[{}]", parts.join(", "))
        }
        Value::Attrs(a) => {
            let parts: Vec<_> = a
                .iter()
                .map(|(n, v)| format!("{pad}{n} = {}", show(&v.value, indent + 2)))
                .collect();
            format!("{{\n{}\n{}}}", parts.join("\n"), " ".repeat(indent))
        }
        Value::Unknown(u) => {
            format!("<{}> {}", u.reason, u.digest.as_deref().map_or("-", |d| &d[..6]))
        }
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().unwrap_or_default();
    let quiet = arguments.next().is_some();
    let file = std::path::absolute(PathBuf::from(file)).unwrap_or_default();
    let start = Instant::now();
    let heap = Heap::new();
    let mut evaluator = Evaluator::new(&heap, &disk::Disk, Settings::default());
    let evaluated = conex_options::evaluate(&mut evaluator, &file);
    let time = start.elapsed();
    if !quiet {
        for container in evaluated.desired.containers.values() {
            println!("{}:", container.name);
            for place in &container.places {
                println!("  @ {place}");
            }
            for (name, located) in &container.options {
                let places: Vec<_> = located
                    .places
                    .iter()
                    .map(|p| format!("{}:{}-{}", p.start.line, p.start.column, p.end.column))
                    .collect();
                println!("  {name} = {}  {}", show(&located.value, 2), places.join(" "));
            }
        }
    }
    for undecided in &evaluated.desired.undecided {
        println!("undecided: {undecided:?}");
    }
    for d in &evaluated.diagnostics {
        let place = d.place.as_ref().map_or("nowhere".into(), ToString::to_string);
        println!("{}: {} [{}] {:?}\n    {}", place, d.summary, d.code, d.address, d.detail);
        for r in &d.related {
            println!("    {}: {}", r.place, r.message);
        }
        if let Some(help) = &d.help {
            println!("    help: {help} {:?}", d.fix.as_ref().map(|f| &f.title));
        }
    }
    for source in evaluated.desired.sources {
        println!("source {} {}", source.path, &source.sha256[..6]);
    }
    println!("{} containers in {time:?}", evaluated.desired.containers.len());
}
