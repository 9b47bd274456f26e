//! The modules for a NixOS host (`nixos-modules/default.nix`), on stand-ins for the options of
//! NixOS that they set: `testdata/nixos-host`, with what nixpkgs' module system makes of them.

use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;

use crate::environment::Environment;

fn data() -> String {
    format!("{}/../testdata/nixos-host", env!("CARGO_MANIFEST_DIR"))
}

fn expected() -> Json {
    let text = std::fs::read_to_string(Path::new(&data()).join("expected.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The hosts with conex' `lib` and the module system beside them.
fn expression() -> String {
    let data = data();
    format!(
        "let lib = import {data}/../../nixos-modules/lib; in import {data}/evaluate.nix {{
           inherit lib; evalModules = import {data}/modules.nix lib; }}"
    )
}

/// What a real Nix says; nothing, if there is none.
fn nix(expression: &str) -> Option<Json> {
    let output = Command::new("nix-instantiate")
        .args(["--eval", "--strict", "--readonly-mode", "--json", "--expr", expression])
        .env("NIX_REMOTE", "dummy://")
        .env_remove("NIX_PATH")
        .output()
        .ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn the_modules_tell_nixos_what_is_expected_of_them() {
    match nix(&expression()) {
        Some(found) => assert_eq!(found, expected()),
        None => println!("skipped: no nix-instantiate here"),
    }
    let environment = Environment::new();
    let run = environment.run(&["eval", "--json", "--strict", "-E", &expression()]).success();
    assert_eq!(serde_json::from_str::<Json>(&run.stdout).unwrap(), expected());
}

#[test]
fn with_nixpkgs_module_system_it_is_the_same() {
    let Some(lib) = std::env::var_os("CONEX_NIXPKGS_LIB") else {
        println!("skipped: CONEX_NIXPKGS_LIB is not set");
        return;
    };
    let lib = lib.to_str().unwrap();
    let expression = format!("import {}/evaluate.nix {{ lib = import {lib}; }}", data());
    if let Some(found) = nix(&expression) {
        assert_eq!(found, expected());
    }
}

#[test]
fn a_host_that_imports_the_modules_is_read_as_before() {
    let environment = Environment::new();
    let modules = format!("{}/../nixos-modules", env!("CARGO_MANIFEST_DIR"));
    let host = |imports: &str| {
        format!(
            "{{ imports = [ {imports} ]; systemd.containers.web = {{
                 path = /x; updateStrategy = \"reload\"; limits.memoryMax = \"1G\"; }}; }}"
        )
    };
    environment.write("plain.nix", host(""));
    environment.write("with.nix", host(&modules));
    let values = |file: &str| environment.run(&["values", file, "--json"]).success().stdout;
    assert_eq!(values("with.nix"), values("plain.nix"));
    environment.run(&["check", "with.nix", "--deny", "warnings"]).success();
    // A nixpkgs that does not declare the first name of the option is no matter then.
    let nixpkgs = format!("{}/../testdata/nixpkgs-mini", env!("CARGO_MANIFEST_DIR"));
    environment.run(&["check", "with.nix", "--nixpkgs", &nixpkgs]).success();
    environment.run(&["check", "plain.nix", "--nixpkgs", &nixpkgs]).code(1);
}

#[test]
fn the_flake_has_the_modules() {
    let root = format!("{}/..", env!("CARGO_MANIFEST_DIR"));
    let expression = format!(
        "let outputs = (import {root}/flake.nix).outputs {{ self = {{ }}; }}; in
         builtins.mapAttrs (_: module: toString module) outputs.nixosModules"
    );
    let environment = Environment::new();
    let run = environment.run(&["eval", "--json", "--strict", "-E", &expression]).success();
    let modules: Json = serde_json::from_str(&run.stdout).unwrap();
    for (_, path) in modules.as_object().unwrap() {
        assert!(Path::new(path.as_str().unwrap()).exists(), "{path}");
    }
    assert!(modules["default"].is_string() && modules["container"].is_string(), "{modules}");
}

/// What `package.nix` gives to a nixpkgs that builds it.
#[test]
fn the_package_is_this_checkout() {
    let root = format!("{}/..", env!("CARGO_MANIFEST_DIR"));
    let expression = format!(
        "let package = import {root}/nixos-modules/package.nix {{
           lib.licenses = {{ asl20 = \"Apache-2.0\"; mit = \"MIT\"; }};
           lib.platforms.linux = [ \"x86_64-linux\" ];
           rustPlatform.buildRustPackage = package: package;
         }}; in {{
           inherit (package) pname version meta;
           lock = toString package.cargoLock.lockFile;
         }}"
    );
    let environment = Environment::new();
    let run = environment.run(&["eval", "--json", "--strict", "-E", &expression]).success();
    let package: Json = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(package["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(package["meta"]["mainProgram"], "conex");
    assert!(Path::new(package["lock"].as_str().unwrap()).exists(), "{package}");
    if let Some(real) = nix(&expression) {
        assert_eq!(real, package);
    }
}
