//! A look into the configuration of a container: services that lose their
//! state with an ephemeral one.

use crate::support::{check, check_files, evaluate_files};

#[test]
fn services_that_lose_their_state() {
    check(
        "{ lib, ... }: {
  containers.a = {
    ephemeral = true; # warning: 17-21 ephemeral-state The state of `gitea', `postgresql' and `redis-x' is lost
    config = { config, pkgs, lib, ... }: {
      imports = [ { services.gitea.enable = true; } ];
      services.postgresql = lib.mkIf config.services.gitea.enable { enable = true; };
      services.nginx.enable = true;
      services.redis.servers.x.enable = true;
    };
  };
  containers.b = {
    ephemeral = lib.mkForce true; # warning: 29-33 ephemeral-state The state of `minio' is lost
    bindMounts.\"/data\" = { hostPath = \"/srv\"; isReadOnly = true; };
    bindMounts.\"/var/lib/grafana\".hostPath = \"/srv\"; # warning: 16-34 read-only-state `grafana' can not write
    config.services.grafana.enable = true;
    config.services.minio = { enable = true; dataDir = [ \"/data\" ]; };
  };
}",
    );
}

#[test]
fn state_that_is_kept_or_not_known() {
    check(
        "{ lib, pkgs, ... }: {
  containers.kept = {
    ephemeral = true;
    bindMounts.\"/var/lib/postgresql\" = { hostPath = \"/srv/p\"; isReadOnly = false; };
    bindMounts.all = { mountPoint = \"/data\"; hostPath = \"/srv/d\"; isReadOnly = false; };
    bindMounts.\"/var/lib/grafana/data\" = { hostPath = \"/srv/g\"; isReadOnly = false; };
    bindMounts.\"/var/lib/private/influxdb2\" = { hostPath = \"/srv/i\"; isReadOnly = false; };
    extraFlags = [ \"--bind=/srv/m:/var/lib/mysql\" ];
    config = {
      services.postgresql.enable = true;
      services.mysql.enable = true;
      services.jellyfin = { enable = true; dataDir = \"/data/jellyfin\"; };
      services.forgejo = { enable = true; stateDir = \"/run/forgejo\"; };
      services.gitea.enable = true;
      fileSystems.\"/var/lib/gitea\" = { device = \"10.0.0.1:/gitea\"; fsType = \"nfs\"; };
      services.grafana.enable = true;
      services.influxdb2.enable = true;
      services.redis.servers.cache = { enable = true; save = [ ]; };
    };
  };
  containers.unknown = {
    ephemeral = true;
    config = { pkgs, lib, config, ... }: {
      services.postgresql.enable = lib.mkIf pkgs.x true;
      services.mysql.enable = config.services.other.enable;
      services.jellyfin = { enable = true; dataDir = \"${pkgs.x}\"; };
      services.grafana.enable = lib.mkMerge [ true (lib.mkForce false) ];
    };
  };
  containers.mounts = {
    ephemeral = true;
    bindMounts.a = { mountPoint = pkgs.y; isReadOnly = false; };
    config.services.postgresql.enable = true;
  };
  containers.lasting.config.services.postgresql.enable = true;
  containers.impermanent = {
    ephemeral = true;
    config = {
      services.postgresql.enable = true;
      environment.persistence.\"/keep\".directories = [ \"/var/lib/postgresql\" ];
    };
  };
}",
    );
}

/// What is wrong in there is for whoever builds the system.
#[test]
fn a_look_reports_nothing_itself() {
    check_files(
        "{ lib, ... }: {
  containers.a = {
    ephemeral = true; # warning: 17-21 ephemeral-state `postgresql'
    config = { nothing, config, ... }: {
      imports = [ ./failing.nix (fetchTarball \"x\") <nixpkgs/x> nothing 1 ];
      services.postgresql.enable = true;
      services.mysql.enable = throw \"a\";
      services.gitea.enable = config.services.gitea.enable;
      services.forgejo = 1;
    };
  };
}",
        &[("failing.nix", b"{ ... }: abort \"x\"".as_slice())],
    );
}

#[test]
fn a_look_without_end_is_given_up() {
    let start = std::time::Instant::now();
    check(
        "{ lib, ... }: {
  containers = lib.genAttrs (map toString (lib.range 1 50)) (name: {
    ephemeral = true;
    config = let loop = n: if n == 0 then 1 else loop (n - 1); more = s: more (s + s); in {
      services.mysql.enable = builtins.foldl' (a: b: a) true (builtins.genList loop 9000) && loop 1000000000 == 1;
      services.gitea.enable = builtins.foldl' (a: b: a + b) 0 (builtins.genList (x: x) 50000000) == 1;
      services.grafana.enable = more \"x\";
    };
  });
  system.stateVersion = toString (lib.foldl (a: b: a + b) 0 (lib.range 1 10000));
}",
    );
    assert!(start.elapsed().as_secs() < 60);
}

#[test]
fn generated_containers_are_told_one_by_one() {
    let found = evaluate_files(&[(
        "configuration.nix",
        b"{ lib, ... }: {
  containers = lib.genAttrs [ \"a\" \"b\" \"c\" ] (name: {
    ephemeral = name != \"b\";
    config.services.grafana.enable = true;
  });
}"
        .as_slice(),
    )]);
    let addresses: Vec<_> =
        found.diagnostics.iter().map(|found| found.address.as_deref().unwrap_or("")).collect();
    assert_eq!(addresses, ["containers.a.ephemeral", "containers.c.ephemeral"]);
}
