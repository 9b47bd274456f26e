//! Output for people. Everything here makes texts and writes none of them.

pub(crate) mod attributes;
pub(crate) mod diagnostics;
pub(crate) mod explain;
pub(crate) mod github;
pub(crate) mod graph;
pub(crate) mod html;
pub(crate) mod markdown;
pub(crate) mod nix;
pub(crate) mod options;
pub(crate) mod plan;
pub(crate) mod preview;
pub(crate) mod review;
pub(crate) mod status;
pub(crate) mod systems;
pub(crate) mod values;
pub(crate) mod words;
