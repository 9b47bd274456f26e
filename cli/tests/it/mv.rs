//! `conex mv` on a real directory.

use crate::environment::Environment;

const WEB: &str =
    "{ containers.web = { autoStart = true; config.services.nginx.enable = true; }; }";

#[test]
fn a_container_takes_its_data_along() {
    let environment = Environment::new();
    environment.write("a.nix", WEB);
    environment.run(&["apply", "a.nix", "--root", "host", "--auto-approve"]).success();
    environment.write("host/var/lib/nixos-containers/web/var/lib/mail", "letters");
    environment.write("a.nix", WEB.replace("web", "www"));
    let plan = environment.run(&["plan", "a.nix", "--root", "host"]).success();
    assert!(plan.stdout.contains("conex mv web www"), "{plan}");
    environment.run(&["mv", "web", "www", "--root", "host"]).success();
    let plan = environment.run(&["plan", "a.nix", "--root", "host"]).success();
    assert!(plan.stdout.contains("/var/lib/nixos-containers/www is there already"), "{plan}");
    assert!(!plan.stdout.contains("containers.www.system"), "{plan}");
    environment.run(&["apply", "a.nix", "--root", "host", "--auto-approve"]).success();
    assert_eq!(environment.read("host/var/lib/nixos-containers/www/var/lib/mail"), "letters");
    let plan = environment.run(&["plan", "a.nix", "--root", "host"]).success();
    assert!(plan.stdout.contains("No changes."), "{plan}");
    assert!(!plan.stdout.contains("web"), "{plan}");
}

#[test]
fn nothing_is_moved_over_anything() {
    let environment = Environment::new();
    environment.write("a.nix", WEB);
    environment.run(&["apply", "a.nix", "--root", "host", "--auto-approve"]).success();
    environment.write("host/var/lib/nixos-containers/www/precious", "old");
    let run = environment.run(&["mv", "web", "www", "--root", "host"]).code(1);
    assert!(run.stderr.contains("is there already; nothing is moved over it"), "{run}");
    assert_eq!(environment.read("host/var/lib/nixos-containers/www/precious"), "old");
    for (old, new, why) in [
        ("wob", "www", "no container wob"),
        ("web", "web", "container web already"),
        ("web", "a/b", "can not be the name"),
    ] {
        let run = environment.run(&["mv", old, new, "--root", "host"]).code(1);
        assert!(run.stderr.contains(why), "{run}");
    }
}
