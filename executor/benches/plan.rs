//! Planning, on an empty host and on one that has everything already.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::hint::black_box;

use conex_executor::{Host, MemoryHost, Options, apply};
use conex_model::Desired;
use conex_planner::{Request, plan};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

#[path = "../../planner/tests/it/support.rs"]
#[allow(dead_code, reason = "shared with the planner's tests")]
mod support;

use support::{configured, desired_of};

fn generated(count: usize) -> Desired {
    let containers = (0..count).map(|i| {
        let (a, b) = (i / 250, i % 250);
        configured(&format!("c{i}"), &format!("d{i}"))
            .auto_start()
            .network(&format!("10.{a}.{b}.1"), &format!("10.{a}.{b}.2"))
    });
    desired_of(containers.collect())
}

fn planning(c: &mut Criterion) {
    let mut group = c.benchmark_group("plan");
    for count in [10, 100, 1000] {
        let wanted = generated(count);
        let host = MemoryHost::new();
        for name in ["new", "same"] {
            let observed = host.observe().unwrap();
            group.bench_function(BenchmarkId::new(name, count), |b| {
                b.iter(|| plan(black_box(&wanted), &observed, &Request::default()));
            });
            let planned = plan(&wanted, &observed, &Request::default()).unwrap();
            apply(&host, &planned, &Options::default(), &mut |_| {}).unwrap();
        }
    }
}

criterion_group!(benches, planning);
criterion_main!(benches);
