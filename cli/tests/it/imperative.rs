//! Containers that are in no configuration, on a rehearsal host.

use insta::assert_snapshot;

use crate::environment::Environment;

const PATH: &str = "/nix/store/00000000000000000000000000000000-web";
const OTHER: &str = "/nix/store/11111111111111111111111111111111-web";

/// What `nixos-container` reads of a conf, by the expressions in its source (nixpkgs,
/// `nixos-container.pl`: the loop over used addresses, `show-ip`, `update`).
fn as_nixos_container_reads(conf: &str, key: &str) -> Option<String> {
    let lines = conf.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    let address = |text: &&str| text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    lines.filter(|text| key == "FLAKE" || address(text)).map(str::to_owned).next()
}

#[test]
fn one_is_made_updated_and_destroyed() {
    let environment = Environment::new();
    let create = ["create", "web", "--path", PATH, "--port", "8080:80", "--root", "host"];
    assert_snapshot!(environment.run(&create).success());
    assert_snapshot!(environment.read("host/var/lib/conex/imperative/web/default.nix"));
    let conf = environment.read("host/etc/nixos-containers/web.conf");
    assert_eq!(as_nixos_container_reads(&conf, "HOST_ADDRESS").as_deref(), Some("10.233.1.1"));
    assert_eq!(as_nixos_container_reads(&conf, "LOCAL_ADDRESS").as_deref(), Some("10.233.1.2"));
    assert!(conf.contains("\nPRIVATE_NETWORK=1\n") && conf.contains("\nHOST_PORT=tcp:8080:80\n"));
    let again = environment.run(&create).code(1);
    assert!(again.stderr.contains("there is a container web already"), "{again}");
    // The next one gets the next addresses.
    environment.run(&["create", "db", "--path", PATH, "--auto-start", "--root", "host"]).success();
    let conf = environment.read("host/etc/nixos-containers/db.conf");
    assert_eq!(as_nixos_container_reads(&conf, "HOST_ADDRESS").as_deref(), Some("10.233.2.1"));
    assert_snapshot!(environment.run(&["status", "--root", "host"]).success());

    environment.run(&["start", "web", "--root", "host"]).success();
    let none = environment.run(&["update", "web", "--root", "host"]).success();
    assert!(none.stdout.contains("No changes."), "{none}");
    let other = environment.run(&["update", "web", "--path", OTHER, "--root", "host"]).success();
    assert!(other.stderr.contains("containers.web.service: Reloading"), "{other}");
    // Options are changed in its file.
    let options = environment.read("host/var/lib/conex/imperative/web/default.nix");
    let options = options.replace("forwardPorts", "tmpfs = [ \"/scratch\" ];\n    forwardPorts");
    environment.write("host/var/lib/conex/imperative/web/default.nix", options);
    let tmpfs = environment.run(&["update", "web", "--root", "host"]).success();
    assert!(tmpfs.stderr.contains("containers.web.service: Restarting"), "{tmpfs}");

    environment.run(&["destroy", "web", "--purge", "--auto-approve", "--root", "host"]).success();
    assert!(!environment.path("host/var/lib/conex/imperative/web").exists());
    assert!(!environment.path("host/var/lib/nixos-containers/web").exists());
    let gone = environment.run(&["update", "web", "--root", "host"]).code(1);
    assert!(gone.stderr.contains("none that `conex create` made"), "{gone}");
}

#[test]
fn a_configuration_leaves_them_alone_and_can_not_have_their_names() {
    let environment = Environment::new();
    environment.run(&["create", "web", "--path", PATH, "--root", "host"]).success();
    let before = environment.tree("host/etc");
    environment.write("a.nix", format!("{{ containers.db.path = \"{OTHER}\"; }}"));
    environment.run(&["apply", "a.nix", "--auto-approve", "--root", "host"]).success();
    environment.write("a.nix", "{ }");
    assert_snapshot!(environment.run(&["plan", "a.nix", "--root", "host"]).success());
    environment.run(&["apply", "a.nix", "--auto-approve", "--root", "host"]).success();
    assert_eq!(environment.tree("host/etc"), before);
    environment.write("a.nix", format!("{{ containers.web.path = \"{OTHER}\"; }}"));
    assert_snapshot!(environment.run(&["plan", "a.nix", "--root", "host"]).code(1));
    let mv = environment.run(&["mv", "web", "www", "--root", "host"]).code(1);
    assert!(mv.stderr.contains("web is in no configuration"), "{mv}");
    // Its data is anybody's when it is destroyed.
    environment.write("host/var/lib/nixos-containers/web/data", "kept");
    environment.run(&["destroy", "web", "--auto-approve", "--root", "host"]).success();
    environment.run(&["apply", "a.nix", "--auto-approve", "--root", "host"]).success();
    environment.run(&["plan", "a.nix", "--detailed-exitcode", "--root", "host"]).success();
    assert_eq!(environment.read("host/var/lib/nixos-containers/web/data"), "kept");
}

#[test]
fn a_module_is_kept_for_conex_and_for_nixos_container() {
    let environment = Environment::new();
    environment.write("my web.nix", "{ services.nginx.enable = true; }");
    environment.run(&["create", "web", "--file", "my web.nix", "--root", "host"]).success();
    let system = environment.read("host/var/lib/conex/imperative/web/system.nix");
    assert!(system.contains("imports = [ (/. + \""), "{system}");
    let expression = "{ services.nginx.enable = true; }";
    environment.run(&["create", "db", "--expr", expression, "--root", "host"]).success();
    assert_snapshot!(
        environment.read("host/var/lib/nixos-containers/db/etc/nixos/configuration.nix")
    );
    // The same text is the same system.
    let same = environment.run(&["update", "db", "--expr", expression, "--root", "host"]).success();
    assert!(same.stdout.contains("No changes."), "{same}");
    let bad = environment.run(&["update", "db", "--expr", "{ a = ; }", "--root", "host"]).code(1);
    assert!(bad.stderr.contains("nothing was changed"), "{bad}");
    environment.run(&["update", "db", "--root", "host"]).success();
    environment.run(&["create", "x", "--file", "none.nix", "--root", "host"]).code(1);
    let nothing = environment.run(&["create", "x", "--root", "host"]).code(1);
    assert!(nothing.stderr.contains("--file, --expr, --flake and --path"), "{nothing}");
    let bad = environment.run(&["create", "x", "--expr", "{ a = ; }", "--root", "host"]).code(1);
    assert!(bad.stderr.contains("nothing was changed"), "{bad}");
    assert!(!environment.path("host/var/lib/conex/imperative/x").exists());
}

#[test]
fn a_flake_is_named_in_the_conf() {
    let environment = Environment::new();
    environment.run(&["create", "web", "--flake", "github:a/b#web", "--root", "host"]).success();
    let conf = environment.read("host/etc/nixos-containers/web.conf");
    assert_eq!(as_nixos_container_reads(&conf, "FLAKE").as_deref(), Some("github:a/b#web"));
    let again = environment.run(&["update", "web", "--root", "host"]).success();
    assert!(again.stdout.contains("No changes."), "{again}");
}

#[test]
fn one_of_nixos_container_is_taken_over_as_it_is() {
    let environment = Environment::new();
    // As nixos-container writes it.
    environment.write(
        "host/etc/nixos-containers/old.conf",
        "PRIVATE_NETWORK=1\nHOST_ADDRESS=10.233.1.1\nLOCAL_ADDRESS=10.233.1.2\nHOST_BRIDGE=\nHOST_PORT=\nAUTO_START=0\n",
    );
    let profile = environment.path("host/nix/var/nix/profiles/per-container/old");
    std::fs::create_dir_all(&profile).unwrap();
    std::os::unix::fs::symlink("system-3-link", profile.join("system")).unwrap();
    std::os::unix::fs::symlink(PATH, profile.join("system-3-link")).unwrap();
    environment.write("host/run/systemd/machines/old", "");
    environment.write("host/var/lib/nixos-containers/old/data", "kept");
    assert_snapshot!(environment.run(&["adopt", "old", "--root", "host"]).success());
    let status = environment.run(&["status", "old", "--root", "host"]).success();
    assert!(status.stdout.contains("running") && status.stdout.contains("adopt"), "{status}");
    assert_eq!(environment.read("host/var/lib/nixos-containers/old/data"), "kept");
    assert_eq!(profile.join("system").read_link().unwrap().to_str(), Some("system-3-link"));
    let none = environment.run(&["update", "old", "--root", "host"]).success();
    assert!(none.stdout.contains("No changes."), "{none}");
    environment.run(&["adopt", "old", "--root", "host"]).code(1);
    environment.run(&["adopt", "nobody", "--root", "host"]).code(1);
    environment.run(&["create", "new", "--path", PATH, "--root", "host"]).success();
    let conf = environment.read("host/etc/nixos-containers/new.conf");
    assert_eq!(as_nixos_container_reads(&conf, "HOST_ADDRESS").as_deref(), Some("10.233.2.1"));
}

/// Killed at any step, an update goes on with it, a second destroy removes it, and a
/// configuration that is applied meanwhile takes nothing of it for its own.
#[test]
fn one_that_was_cut_off_is_finished_or_removed() {
    let create = ["create", "web", "--path", PATH, "--auto-start", "--root", "host"];
    let purge = ["destroy", "web", "--purge", "--auto-approve", "--root", "host"];
    for number in 0.. {
        let environment = Environment::new();
        let mut command = environment.command(&create);
        let output = command.env("CONEX_CRASH_AFTER", number.to_string()).output().unwrap();
        if output.status.success() {
            assert!(number > 15, "{number}");
            break;
        }
        if number % 3 == 0 {
            environment.write("a.nix", "{ }");
            environment.run(&["apply", "a.nix", "--auto-approve", "--root", "host"]).success();
        }
        if number % 2 == 0 {
            environment.run(&["update", "web", "--root", "host"]).success();
            let status = environment.run(&["status", "--root", "host"]).success();
            assert!(status.stdout.contains("running"), "{number}: {status}");
            let none = environment.run(&["update", "web", "--root", "host"]).success();
            assert!(none.stdout.contains("No changes."), "{number}: {none}");
        }
        let purged = environment.run(&purge);
        assert_eq!(purged.code, 0, "{number}: {purged}");
        for left in [
            "host/var/lib/conex/imperative/web",
            "host/etc/nixos-containers/web.conf",
            "host/etc/systemd/system/container@web.service",
            "host/var/lib/nixos-containers/web",
            "host/nix/var/nix/profiles/per-container/web",
        ] {
            assert!(!environment.path(left).exists(), "{number}: {left}");
        }
    }
}
