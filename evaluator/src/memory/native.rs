//! The native stack: room for deep recursion, and where its values are.
//!
//! The stack grows by pieces that are far from each other. When the collector
//! runs it has to see all of them, so the pieces that were left behind are
//! noted here, per thread.

use std::cell::{Cell, RefCell};

/// Below this much native stack a deeper evaluation gets a new piece.
const RED_ZONE: usize = 128 * 1024;
/// The size of a new piece.
const PIECE: usize = 16 * 1024 * 1024;
/// How far below the place where a piece was left the frames of the switch
/// itself reach, at most. There is room for them: the red zone is larger.
const SWITCH: usize = 4096;

thread_local! {
    /// Below this address the piece in use has no room for a deep evaluation;
    /// 0 while that is not known.
    static LOW: Cell<usize> = const { Cell::new(0) };
    /// The high end of the piece in use, 0 while nothing is collected.
    static HIGH: Cell<usize> = const { Cell::new(0) };
    /// The pieces that were left behind: low and high end.
    static LEFT: RefCell<Vec<(usize, usize)>> = const { RefCell::new(Vec::new()) };
}

/// Runs `run` with enough native stack.
#[inline(always)]
pub(crate) fn with_stack<R>(run: impl FnOnce() -> R) -> R {
    let low = LOW.get();
    if low != 0 && here() > low { run() } else { with_little_stack(run) }
}

#[cold]
#[inline(never)]
fn with_little_stack<R>(run: impl FnOnce() -> R) -> R {
    match stacker::remaining_stack() {
        Some(left) if left > RED_ZONE => {
            LOW.set(here() - (left - RED_ZONE));
            run()
        }
        _ => on_new_piece(run),
    }
}

fn on_new_piece<R>(run: impl FnOnce() -> R) -> R {
    let (low, high) = (LOW.get(), HIGH.get());
    if high != 0 {
        LEFT.with_borrow_mut(|left| left.push((here() - SWITCH, high)));
    }
    let restore = Restore { low, high, left: high != 0 };
    let result = stacker::grow(PIECE, || {
        LOW.set(0);
        if high != 0 {
            // A piece ends at the end of a page; the frames that are already
            // on it fit in one.
            HIGH.set(here().next_multiple_of(4096));
        }
        outlined(run)
    });
    drop(restore);
    result
}

/// Overwrites what calls that have returned left on the native stack.
///
/// Frames are rarely filled wholly, and what is left in them of earlier ones
/// would look like values in use.
#[inline(never)]
pub(super) fn clear_old_frames() {
    let mut frames = [0_u8; OLD_FRAMES];
    std::hint::black_box(&mut frames);
}

/// How much is overwritten: the frames of some dozen calls.
const OLD_FRAMES: usize = 32 * 1024;

/// Runs `run` so that all it does lies in frames that the collector sees.
#[inline(never)]
pub(super) fn visible<R>(run: impl FnOnce() -> R) -> R {
    let restore = Restore { low: LOW.get(), high: HIGH.get(), left: false };
    // Inside of another one all that is visible there stays so.
    if restore.high == 0 {
        HIGH.set(here());
    }
    let result = outlined(run);
    drop(restore);
    result
}

/// Puts back what was noted, also when a panic passes.
struct Restore {
    low: usize,
    high: usize,
    left: bool,
}

impl Drop for Restore {
    fn drop(&mut self) {
        LOW.set(self.low);
        HIGH.set(self.high);
        if self.left {
            LEFT.with_borrow_mut(|left| left.pop());
        }
    }
}

/// A frame of its own for `run`, below that of the caller.
#[inline(never)]
fn outlined<R>(run: impl FnOnce() -> R) -> R {
    run()
}

/// An address in the frame of the caller.
#[inline(always)]
fn here() -> usize {
    let marker = 0_usize;
    std::hint::black_box(&raw const marker).addr()
}

/// Gives `look` every word of the native stack and of the registers that may
/// hold a value. Does nothing outside of [`visible`].
#[inline(never)]
pub(super) fn scan(mut look: impl FnMut(usize)) {
    let high = HIGH.get();
    if high == 0 {
        return;
    }
    // The registers that a function has to keep for its caller. The others
    // were saved by the callers of this function.
    let mut registers = [0_usize; 12];
    save_registers(&mut registers);
    registers.iter().for_each(|word| look(*word));
    let low = std::hint::black_box(registers.as_ptr()).addr();
    scan_range(low, high, &mut look);
    LEFT.with_borrow(|left| {
        for (low, high) in left {
            scan_range(*low, *high, &mut look);
        }
    });
}

fn scan_range(low: usize, high: usize, look: &mut impl FnMut(usize)) {
    let mut address = low.next_multiple_of(size_of::<usize>());
    while address + size_of::<usize>() <= high {
        look(load(address));
        address += size_of::<usize>();
    }
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
fn save_registers(registers: &mut [usize; 12]) {
    // SAFETY: stores six words into an array of twelve.
    unsafe {
        std::arch::asm!(
            "mov [{0}], rbx",
            "mov [{0} + 8], rbp",
            "mov [{0} + 16], r12",
            "mov [{0} + 24], r13",
            "mov [{0} + 32], r14",
            "mov [{0} + 40], r15",
            in(reg) registers.as_mut_ptr(),
            options(nostack, preserves_flags)
        );
    }
}

#[cfg(all(target_arch = "aarch64", not(miri)))]
fn save_registers(registers: &mut [usize; 12]) {
    // SAFETY: stores eleven words into an array of twelve.
    unsafe {
        std::arch::asm!(
            "stp x19, x20, [{0}]",
            "stp x21, x22, [{0}, #16]",
            "stp x23, x24, [{0}, #32]",
            "stp x25, x26, [{0}, #48]",
            "stp x27, x28, [{0}, #64]",
            "str x29, [{0}, #80]",
            in(reg) registers.as_mut_ptr(),
            options(nostack, preserves_flags)
        );
    }
}

/// Reads a word of the native stack, which may belong to any frame.
///
/// No reference of Rust may do that, so it is an instruction of the machine.
#[cfg(all(target_arch = "x86_64", not(miri)))]
fn load(address: usize) -> usize {
    let word;
    // SAFETY: `scan` asks only for addresses between the stack pointer and
    // the high end of a piece, which are mapped. Nothing is written.
    unsafe {
        std::arch::asm!(
            "mov {0}, [{1}]",
            out(reg) word,
            in(reg) address,
            options(nostack, preserves_flags, readonly)
        );
    }
    word
}

/// See the other one.
#[cfg(all(target_arch = "aarch64", not(miri)))]
fn load(address: usize) -> usize {
    let word;
    // SAFETY: as for the other one.
    unsafe {
        std::arch::asm!(
            "ldr {0}, [{1}]",
            out(reg) word,
            in(reg) address,
            options(nostack, preserves_flags, readonly)
        );
    }
    word
}

/// Whether this machine's stack and registers can be scanned. Elsewhere
/// nothing is ever collected.
pub(super) const SCANNABLE: bool =
    cfg!(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)));

#[cfg(any(miri, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn save_registers(_: &mut [usize; 12]) {}

#[cfg(any(miri, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn load(_: usize) -> usize {
    0
}
