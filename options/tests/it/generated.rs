//! Many containers.

use crate::support::{evaluate_text, fine};

#[test]
fn a_thousand_containers() {
    let found = fine(
        "{ lib, ... }: { containers = lib.genAttrs (map toString (lib.range 1 1000)) (name: { path = \"/${name}\"; forwardPorts = [ { hostPort = lib.toInt name; } ]; }); }",
    );
    assert_eq!(found.desired.containers.len(), 1000);
}

#[test]
fn a_thousand_mistakes() {
    let found = evaluate_text(
        "{ lib, ... }: { containers = lib.genAttrs (map toString (lib.range 1 1000)) (name: { path = \"/${name}\"; autoStart = name; }); }",
    );
    assert_eq!(found.diagnostics.len(), 1000);
}
