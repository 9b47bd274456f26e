//! `conex status` on a rehearsal host.

use insta::assert_snapshot;

use crate::environment::Environment;

const CONTAINERS: &str = r#"{
  containers.web = {
    autoStart = true;
    privateNetwork = true;
    hostAddress = "10.0.0.1";
    localAddress = "10.0.0.2";
    path = "/nix/store/00000000000000000000000000000000-web";
  };
  containers.idle.path = "/nix/store/00000000000000000000000000000000-idle";
  containers.old.path = "/nix/store/00000000000000000000000000000000-old";
}"#;

#[test]
fn what_is_there_is_listed_with_what_was_changed_by_hand() {
    let environment = Environment::new();
    let empty = environment.run(&["status", "--root", "host"]).success();
    assert_eq!(empty.stdout, "There are no containers on this host.\n");
    environment.write("a.nix", CONTAINERS);
    environment.run(&["apply", "a.nix", "--root", "host", "--auto-approve"]).success();
    environment.write(
        "a.nix",
        CONTAINERS
            .lines()
            .filter(|line| !line.contains(".old."))
            .fold(String::new(), |text, line| text + line + "\n"),
    );
    environment.run(&["apply", "a.nix", "--root", "host", "--auto-approve"]).success();
    environment.write("host/etc/nixos-containers/idle.conf", "SYSTEM_PATH=/elsewhere\n");
    environment.write("host/etc/nixos-containers/foreign.conf", "\n");
    assert_snapshot!(environment.run(&["status", "--root", "host"]));
    assert_snapshot!(environment.run(&["status", "web", "--json", "--root", "host"]));
    let none = environment.run(&["status", "nobody", "--root", "host"]).code(1);
    assert!(none.stderr.contains("there is no container nobody"), "{none}");
}
