//! Containers under the name that the option had first, where a nixpkgs is at
//! hand that does not declare it (any more).

use std::path::Path;

use conex_evaluator::Evaluator;
use conex_model::{Code, Diagnostic, Edit, Fix, Place};

/// Where NixOS declares containers, by release.
const MODULES: [&str; 2] = [
    "nixos/modules/virtualisation/nixos-containers.nix",
    "nixos/modules/virtualisation/containers.nix",
];

/// The modules of conex that declare both names: in place of NixOS' own, and beside it.
const OWN: [&str; 2] = ["nixos-modules/containers.nix", "nixos-modules/host/containers.nix"];

/// What is wrong with definitions of `systemd.containers`, given a nixpkgs.
pub fn check_first_names(
    evaluator: &Evaluator<'_>,
    places: &[Place],
    nixpkgs: &Path,
) -> Vec<Diagnostic> {
    if places.is_empty() {
        return Vec::new();
    }
    let declared = MODULES.iter().any(|module| {
        let text = evaluator.io().read(&nixpkgs.join(module));
        text.is_ok_and(|text| String::from_utf8_lossy(&text).contains("systemd.containers"))
    });
    let is_own = |path: &Path| OWN.iter().any(|own| path.ends_with(own));
    let imported = || evaluator.files_read().iter().any(|(path, _)| is_own(path));
    if declared || imported() {
        return Vec::new();
    }
    places.iter().map(|place| refused(evaluator, place)).collect()
}

fn refused(evaluator: &Evaluator<'_>, place: &Place) -> Diagnostic {
    let summary = "The option `systemd.containers' does not exist in the nixpkgs that was given";
    let mut finding = Diagnostic::new(Code::UnknownOption, summary).at(place.clone());
    finding.address = Some("systemd.containers".to_owned());
    finding.help = Some(
        "Write `containers', as NixOS has it since 14.04; or import conex' nixos-modules."
            .to_owned(),
    );
    finding.fix = fix(evaluator, place);
    finding
}

/// `systemd.containers.web = …` is one path: its first step can go.
fn fix(evaluator: &Evaluator<'_>, place: &Place) -> Option<Fix> {
    const FIRST: &str = "systemd.";
    let mut modules = evaluator.sources().modules().iter();
    let module = modules.find(|module| module.name == place.file)?;
    let start = (place.start.byte as usize).checked_sub(FIRST.len())?;
    let before = module.text.get(start..place.start.byte as usize)?;
    if before != FIRST {
        return None;
    }
    let mut first = place.clone();
    first.end = place.start;
    first.start.byte = start as u32;
    first.start.column -= FIRST.len() as u32;
    let edits = vec![Edit { place: first, text: String::new() }];
    Some(Fix { title: "write containers".to_owned(), edits })
}
