//! What an editor can ask about a text. Places are byte offsets, files are
//! paths; no type of the protocol is known here.

mod analysis;
mod keep;
mod overlay;
mod project;
mod text;

pub use analysis::{Analysis, Task, analyse};
pub use keep::keep;
pub use overlay::{Buffers, Overlay};
pub use project::{Entries, find, in_directory, looks_like_a_module, named};
pub use text::{Encoding, LineColumn, Lines};
