//! What an editor can ask about a text. Places are byte offsets, files are
//! paths; no type of the protocol is known here.

mod actions;
mod analysis;
mod builtins;
mod complete;
mod definition;
mod elsewhere;
mod evaluate;
mod hints;
mod hover;
mod keep;
mod library;
mod options;
mod overlay;
mod project;
mod symbols;
mod text;
mod values;
mod view;

pub use actions::{Action, actions};
pub use analysis::{Analysis, Task, analyse};
pub use complete::{Completion, CompletionKind, complete};
pub use definition::{TextEdit, definition, references, rename, renamed};
pub use elsewhere::Defined;
pub use hints::{Hint, hints};
pub use hover::{Hover, hover};
pub use keep::keep;
pub use options::{Documented, Options};
pub use overlay::{Asked, Buffers, Overlay};
pub use project::{Entries, around, configures_hosts, find, looks_like_a_module, named};
pub use symbols::{Symbol, containers, symbols};
pub use text::{Encoding, LineColumn, Lines};
pub use view::{Target, View, World};
