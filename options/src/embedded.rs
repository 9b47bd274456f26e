//! The Nix files that conex carries in itself.

use conex_evaluator::Evaluator;

/// The embedded library.
pub(crate) const LIB: &str = "/«conex»/nixos-modules/lib/default.nix";
/// The declarations of the container options.
pub(crate) const CONTAINERS: &str = "/«conex»/nixos-modules/containers.nix";

/// The declarations of `assertions` and `warnings`.
pub(crate) const ASSERTIONS: &str = "/«conex»/nixos-modules/assertions.nix";

/// What conex's `lib` takes from the module system itself.
pub(crate) const NATIVE: &str = "/«conex»/nixos-modules/lib/native.nix";
/// The `lib` of a nixpkgs that is at hand, if one is.
pub(crate) const NIXPKGS_LIB: &str = "/«conex»/nixpkgs/lib.nix";
/// The modules that every `lib.evalModules` has.
pub(crate) const EVAL_MODULES: &str = "/«conex»/nixos-modules/lib/eval-modules.nix";
/// What ties a flake to its inputs.
pub(crate) const FLAKE: &str = "/«conex»/nixos-modules/flake.nix";
/// The systems of containers, with a nixpkgs.
pub(crate) const SYSTEMS: &str = "/«conex»/nixos-modules/systems.nix";

macro_rules! files {
    ($($path:literal,)*) => {
        const FILES: &[(&str, &str)] = &[$((
            concat!("/«conex»/nixos-modules/", $path),
            include_str!(concat!("../../nixos-modules/", $path)),
        ),)*];
    };
}

files! {
    "assertions.nix",
    "container-system.nix",
    "containers.nix",
    "flake.nix",
    "lib/attrsets.nix",
    "lib/default.nix",
    "lib/eval-modules.nix",
    "lib/files.nix",
    "lib/generators.nix",
    "lib/lists.nix",
    "lib/native.nix",
    "lib/options.nix",
    "lib/paths.nix",
    "lib/strings.nix",
    "lib/trivial.nix",
    "lib/types.nix",
    "systems.nix",
}

/// The text of a file that conex carries in itself, by the name that places
/// have for it (`<nixos-modules/containers.nix>`).
pub fn embedded_file(name: &str) -> Option<&'static str> {
    let name = name.strip_prefix('<')?.strip_suffix('>')?;
    let path = |path: &str| path.strip_prefix("/«conex»/") == Some(name);
    FILES.iter().find(|(known, _)| path(known)).map(|(_, text)| *text)
}

/// Whether a text is the declarations of the container options, be it those of
/// another version: all of them begin with the same line.
pub(crate) fn is_declarations(text: &str) -> bool {
    let own = FILES.iter().find(|(path, _)| *path == CONTAINERS).map(|(_, text)| *text);
    own.and_then(|own| own.lines().next()).is_some_and(|first| text.lines().next() == Some(first))
}

/// Lets an evaluator find the files.
pub(crate) fn register(evaluator: &mut Evaluator<'_>) {
    for (path, text) in FILES {
        evaluator.embed(*path, text);
    }
}
