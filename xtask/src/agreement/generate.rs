//! Module sets by their seed.

/// A module set: a function of `{ lib }`.
pub(super) fn module_set(_seed: u64) -> String {
    "{ lib }: { modules = [ ]; }".to_owned()
}
