//! Instantiation, import from derivation, fetchers and flakes, with the Nix
//! that is installed and a store in a temporary directory. Neither the store
//! of the machine nor the network is touched.

use std::path::Path;
use std::process::{Command, Output};

use crate::environment::Environment;

/// Builds without users, sandbox and downloads.
const NIX_CONFIG: &str = "build-users-group =\nsandbox = false\nsandbox-paths =\nsubstitute = false\nexperimental-features = nix-command flakes\n";

/// A derivation that Nix itself can build, without any program.
const BUILT: &str = r#"
let
  text = "{ answer = 42; }";
  source = builtins.toFile "source.nix" text;
in
derivation {
  name = "built.nix";
  system = "builtin";
  builder = "builtin:fetchurl";
  url = "file://${source}";
  urls = [ "file://${source}" ];
  outputHash = builtins.hashString "sha256" text;
  outputHashAlgo = "sha256";
  outputHashMode = "flat";
}
"#;

/// Several kinds of inputs.
const DERIVATIONS: &str = r#"
let
  d = name: more: derivation ({ inherit name; system = "x"; builder = "b"; } // more);
  keep = path: type: baseNameOf path != "left-out";
in
rec {
  one = d "one" { text = builtins.toFile "text" "see ${./file}"; };
  two = d "two" { outputs = [ "out" "dev" ]; inputs = [ one ./directory ]; link = ./link; };
  three = d "three" {
    __structuredAttrs = true;
    inputs = [ two.dev (builtins.filterSource keep ./directory) ];
    all = two.drvPath;
    flat = builtins.path { path = ./file; recursive = false; name = "flat"; };
  };
}
"#;

struct Nix {
    environment: Environment,
    path: String,
}

impl Nix {
    /// The installed Nix, if there is one.
    #[expect(clippy::print_stdout, reason = "a test says that it is skipped")]
    fn find(test: &str) -> Option<Self> {
        if Command::new("nix-daemon").arg("--version").output().is_err() {
            println!("skipped: {test}: no nix-daemon here");
            return None;
        }
        let environment = Environment::new();
        environment.write("built.nix", BUILT);
        environment.write("derivations.nix", DERIVATIONS);
        environment.write("file", "text");
        environment.write("directory/a", "a");
        environment.write("directory/left-out", "b");
        std::os::unix::fs::symlink("file", environment.path("link")).unwrap();
        Some(Self { environment, path: std::env::var("PATH").unwrap_or_default() })
    }

    /// Without Nix on the PATH.
    fn hidden(mut self) -> Self {
        self.path = "/nowhere".into();
        self
    }

    fn set(&self, command: &mut Command) -> Output {
        command
            .current_dir(self.environment.path("."))
            .env("HOME", self.environment.path("home"))
            .env("NIX_CONFIG", NIX_CONFIG)
            .env("PATH", &self.path)
            .output()
            .unwrap()
    }

    /// `conex nix-instantiate` with a store; its output and the messages.
    fn run(&self, arguments: &[&str]) -> (String, String, bool) {
        let store = self.environment.path("store");
        let mut all = vec!["nix-instantiate", "--store", store.to_str().unwrap()];
        all.extend(arguments);
        let output = self.set(&mut self.environment.command(&all));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&output.stdout), text(&output.stderr), output.status.success())
    }

    #[track_caller]
    fn ok(&self, arguments: &[&str]) -> String {
        let (out, messages, success) = self.run(arguments);
        assert!(success, "{arguments:?}: {messages}");
        out
    }

    #[track_caller]
    fn fails(&self, arguments: &[&str], message: &str) {
        let (out, messages, success) = self.run(arguments);
        assert!(!success, "{arguments:?} gives {out}");
        assert!(messages.contains(message), "{messages}");
    }

    /// Where a store path is on the disk.
    fn on_disk(&self, path: &str) -> std::path::PathBuf {
        self.environment.path("store").join(path.trim_start_matches('/'))
    }

    fn objects(&self, store: &str) -> Vec<String> {
        let directory = self.environment.path(store).join("nix/store");
        let entries = std::fs::read_dir(directory).into_iter().flatten();
        let mut names: Vec<_> =
            entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.retain(|name| !name.starts_with('.'));
        names.sort();
        names
    }
}

impl Drop for Nix {
    /// Stores are read-only, also for who removes the directory.
    fn drop(&mut self) {
        for store in ["store", "other"] {
            let path = self.environment.path(store);
            if path.exists() {
                let _ = Command::new("chmod").arg("-R").arg("u+w").arg(path).output();
            }
        }
    }
}

fn same(a: &Path, b: &Path) -> bool {
    let output = Command::new("diff").arg("-r").arg("--no-dereference").args([a, b]).output();
    output.unwrap().status.success()
}

#[test]
fn what_is_instantiated_is_what_nix_instantiates() {
    let Some(nix) = Nix::find("what_is_instantiated_is_what_nix_instantiates") else { return };
    let ours = nix.ok(&["derivations.nix"]);
    let mut real = Command::new("nix-instantiate");
    real.arg("derivations.nix").arg("--store").arg(nix.environment.path("other"));
    let real = nix.set(&mut real);
    assert_eq!(ours, String::from_utf8_lossy(&real.stdout), "{real:?}");
    assert_eq!(nix.objects("store"), nix.objects("other"));
    for object in nix.objects("store") {
        let place = |store: &str| nix.environment.path(store).join("nix/store").join(&object);
        assert!(same(&place("store"), &place("other")), "{object}");
    }
    let mut check = Command::new("nix-store");
    check.args(["--verify", "--check-contents", "--store"]).arg(nix.environment.path("store"));
    let checked = nix.set(&mut check);
    assert!(checked.status.success(), "{checked:?}");
    // A second time there is nothing to write.
    assert_eq!(nix.ok(&["derivations.nix"]), ours);
}

#[test]
fn nothing_is_written_that_is_not_asked_for() {
    let Some(nix) = Nix::find("nothing_is_written_that_is_not_asked_for") else { return };
    let only_computed = nix.ok(&["--readonly-mode", "derivations.nix"]);
    assert_eq!(only_computed.lines().count(), 3);
    nix.ok(&["--eval", "--strict", "-A", "three.drvPath", "derivations.nix"]);
    let read = "let f = builtins.toFile \"x\" \"1\"; in [ (import f) (builtins.readDir \"${./directory}\") ]";
    assert_eq!(
        nix.ok(&["--eval", "--strict", "-E", read]),
        "[ 1 { a = \"regular\"; left-out = \"regular\"; } ]\n"
    );
    assert!(!nix.environment.path("store").exists());
}

#[test]
fn a_root_is_linked_and_registered() {
    let Some(nix) = Nix::find("a_root_is_linked_and_registered") else { return };
    let link = nix.environment.path("roots/drv");
    let argument = link.to_str().unwrap();
    let out = nix.ok(&["derivations.nix", "--add-root", argument, "--indirect"]);
    assert_eq!(out, format!("{argument}\n{argument}-2\n{argument}-3\n"));
    let target = std::fs::read_link(&link).unwrap();
    assert!(nix.on_disk(target.to_str().unwrap()).is_file());
    let roots = nix.environment.path("store/nix/var/nix/gcroots/auto");
    let registered = std::fs::read_dir(roots).unwrap();
    let registered: Vec<_> =
        registered.map(|root| std::fs::read_link(root.unwrap().path()).unwrap()).collect();
    assert!(registered.contains(&link), "{registered:?}");
    // What is something else stays.
    nix.environment.write("roots/mine", "mine");
    let mine = nix.environment.path("roots/mine");
    let mine = mine.to_str().unwrap();
    nix.fails(&["derivations.nix", "--add-root", mine], "cannot create symlink");
    assert_eq!(nix.environment.read("roots/mine"), "mine");
}

#[test]
fn what_is_read_is_built_first() {
    let Some(nix) = Nix::find("what_is_read_is_built_first") else { return };
    let import = ["--eval", "-E", "(import (import ./built.nix)).answer"];
    assert_eq!(nix.ok(&import), "42\n");
    let read = "let d = import ./built.nix; in [ (builtins.pathExists d) (builtins.readFile d) (builtins.readFileType d) (builtins.hashFile \"md5\" d) ]";
    assert_eq!(
        nix.ok(&["--eval", "--strict", "-E", read]),
        "[ true \"{ answer = 42; }\" \"regular\" \"b1ee12b4c2dd2ee83b2e8a1a9ba2ee31\" ]\n"
            .replace("b1ee12b4c2dd2ee83b2e8a1a9ba2ee31", &md5(&nix))
    );
    let mut refused = vec!["--option", "allow-import-from-derivation", "false"];
    refused.extend(import);
    nix.fails(&refused, "because the option 'allow-import-from-derivation' is disabled");
    let broken =
        "import (derivation { name = \"x\"; system = \"builtin\"; builder = \"builtin:none\"; })";
    nix.fails(&["--eval", "-E", broken], "error: ");
    nix.hidden().fails(&import, "takes an installed Nix ('nix-daemon' was not found on the PATH)");
}

/// The hash of what [`BUILT`] builds, as Nix computes it.
fn md5(nix: &Nix) -> String {
    let mut real = Command::new("nix-instantiate");
    let text = "builtins.hashString \"md5\" \"{ answer = 42; }\"";
    let output = nix.set(real.args(["--eval", "--json", "-E", text]).env("NIX_REMOTE", "dummy://"));
    String::from_utf8_lossy(&output.stdout).trim().trim_matches('"').to_owned()
}

#[test]
fn what_is_fetched_is_found_again_without_nix() {
    let Some(nix) = Nix::find("what_is_fetched_is_found_again_without_nix") else { return };
    let url = format!("file://{}", nix.environment.path("file").display());
    let pinned = format!(
        "builtins.readFile (builtins.fetchurl {{ url = \"{url}\"; sha256 = builtins.hashFile \"sha256\" ./file; }})"
    );
    let unpinned = format!("builtins.readFile (builtins.fetchurl \"{url}\")");
    nix.environment.write("tree/default.nix", "7");
    let mut pack = Command::new("tar");
    pack.args(["czf", "tree.tar.gz", "tree"]);
    assert!(nix.set(&mut pack).status.success());
    let archive = nix.environment.path("tree.tar.gz");
    let tarball = format!("import (builtins.fetchTarball \"file://{}\")", archive.display());

    assert_eq!(nix.ok(&["--eval", "-E", &pinned]), "\"text\"\n");
    assert_eq!(nix.ok(&["--eval", "-E", &unpinned]), "\"text\"\n");
    assert_eq!(nix.ok(&["--eval", "-E", &tarball]), "7\n");
    let wrong = pinned.replace("hashFile \"sha256\" ./file", "hashString \"sha256\" \"\"");
    nix.fails(&["--eval", "-E", &wrong], "hash mismatch");
    let nix = nix.hidden();
    assert_eq!(nix.ok(&["--eval", "-E", &pinned]), "\"text\"\n");
    let message = format!("'fetchurl' cannot fetch '{url}': it is not in the store");
    nix.fails(&["--eval", "-E", &unpinned], &message);
}

#[test]
fn a_flake_gets_the_inputs_of_its_lock_file() {
    let Some(nix) = Nix::find("a_flake_gets_the_inputs_of_its_lock_file") else { return };
    let nix = nix.hidden();
    let input = nix.environment.path("input");
    nix.environment.write("input/flake.nix", "{ outputs = { self }: { value = 6; }; }");
    nix.environment.write(
        "flake/flake.nix",
        "{ inputs.six.url = \"path:/elsewhere\"; outputs = { self, six }: { answer = six.value * 7; file = builtins.readFile \"${self}/data\"; }; }",
    );
    nix.environment.write("flake/data", "data");
    let flake = format!("path:{}", nix.environment.path("flake").display());
    let select = |attribute: &str| format!("(builtins.getFlake \"{flake}\").{attribute}");
    let (answer, file) = (select("answer"), select("file"));
    nix.fails(&["--eval", "-E", &answer], "run 'nix flake lock path:");

    let lock = r#"{ "nodes": { "root": { "inputs": { "six": "six" } },
        "six": { "locked": { "type": "path", "path": "INPUT", "narHash": "HASH" } } },
        "root": "root", "version": 7 }"#
        .replace("INPUT", input.to_str().unwrap());
    nix.environment.write("flake/flake.lock", lock.replace(", \"narHash\": \"HASH\"", ""));
    assert_eq!(nix.ok(&["--eval", "-E", &answer]), "42\n");
    assert_eq!(nix.ok(&["--eval", "-E", &file]), "\"data\"\n");
    let info = select("sourceInfo.narHash");
    assert!(nix.ok(&["--eval", "-E", &info]).starts_with("\"sha256-"));

    let wrong = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    nix.environment.write("flake/flake.lock", lock.replace("HASH", wrong));
    nix.fails(&["--eval", "-E", &answer], "NAR hash mismatch in input");
    let far = lock
        .replace("\"type\": \"path\"", "\"type\": \"tarball\", \"url\": \"https://x.invalid/y\"");
    let far =
        far.replace(&format!("\"path\": \"{}\", ", input.display()), "").replace("HASH", wrong);
    nix.environment.write("flake/flake.lock", far);
    nix.fails(&["--eval", "-E", &answer], "'nix flake prefetch https://x.invalid/y' does it");
}

#[test]
fn eval_instantiates_on_demand() {
    let Some(nix) = Nix::find("eval_instantiates_on_demand") else { return };
    let store = nix.environment.path("store");
    let arguments = [
        "eval",
        "--instantiate",
        "--store",
        store.to_str().unwrap(),
        "derivations.nix",
        "-A",
        "one",
    ];
    let output = nix.set(&mut nix.environment.command(&arguments));
    let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    assert!(output.status.success(), "{output:?}");
    assert!(nix.on_disk(&path).is_file(), "{path}");
}
