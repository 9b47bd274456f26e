//! What planning takes of memory beyond what it is given, for ten thousand
//! containers of which one in a hundred has changed.
//!
//! `cargo bench -p conex-executor --bench footprint`; docs/performance.md has
//! the figures.

mod fleet;

use fleet::{planned, prepared};

#[global_allocator]
static ALLOCATOR: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn main() {
    const COUNT: usize = 10_000;
    let (desired, observed) = prepared(COUNT);
    let given = ALLOCATOR.current_usage_as_mb();
    ALLOCATOR.reset_peak_usage();
    planned(&desired, &observed);
    let planning = ALLOCATOR.peak_usage_as_mb() - given;
    println!("{COUNT} containers: given {given:.0} MiB, planning takes {planning:.0} MiB more");
}
