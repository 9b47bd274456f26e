//! How planning grows: hosts with all their containers, of which one in a
//! hundred has changed.
//!
//! `cargo bench -p conex-executor --bench scale` prints the times and their
//! ratio; docs/performance.md has the figures.

use std::time::{Duration, Instant};

mod fleet;

use fleet::{planned, prepared};

/// The allocator of the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The median of some runs.
fn time(count: usize) -> Duration {
    let (desired, observed) = prepared(count);
    let mut times: Vec<_> = (0..7)
        .map(|_| {
            let start = Instant::now();
            assert!(planned(&desired, &observed) >= count / 100);
            start.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn main() {
    const SMALL: usize = 1_000;
    const LARGE: usize = 10_000;
    let (small, large) = (time(SMALL), time(LARGE));
    println!("{SMALL} containers: {small:?}");
    println!("{LARGE} containers: {large:?}");
    println!("ratio: {:.1}", large.as_secs_f64() / small.as_secs_f64());
}
