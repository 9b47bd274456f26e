//! Ctrl-C while changes are made: once, and what runs is brought to its end;
//! twice, and conex stops at once, as if it had been killed.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::command_error::{CommandError, Result};

/// What a shell makes of a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// A flag that becomes true with the first Ctrl-C or `kill`.
pub(crate) fn watch() -> Result<Arc<AtomicBool>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first one sets what the second one looks at.
        flag::register_conditional_shutdown(signal, INTERRUPTED, interrupted.clone())
            .and_then(|_| flag::register(signal, interrupted.clone()))
            .map_err(|error| {
                CommandError::file("could not listen for Ctrl-C".to_owned(), &error)
            })?;
    }
    Ok(interrupted)
}
