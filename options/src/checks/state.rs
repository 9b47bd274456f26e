//! Where services keep their state. An ephemeral container begins with an
//! empty root each time: what is kept there is lost. And a bind mount can not
//! be written to unless it says so.

use conex_evaluator::Evaluator;
use conex_model::{Code, Container, Located, Related, Value};

use super::container::Found;
use super::settle;
use crate::instance::Instance;
use crate::loc::{self, Loc};
use crate::peek::{Peek, Peeked};
use crate::system::Shared;

/// A service that keeps state.
struct Service {
    /// The option set, below `services`.
    name: &'static str,
    /// The option in it that says where; empty if there is none.
    directory: &'static str,
    /// Where it is otherwise; one of them, by the release of NixOS.
    default: &'static [&'static str],
}

macro_rules! services {
    ($($name:literal $directory:literal $($default:literal)|+;)*) => {
        &[$(Service { name: $name, directory: $directory, default: &[$($default),+] },)*]
    };
}

/// The services, with the names and defaults that NixOS has for them. What is
/// not absolute is below `/var/lib`.
const SERVICES: &[Service] = services! {
    "audiobookshelf" "dataDir" "/var/lib/audiobookshelf";
    "bazarr" "dataDir" "/var/lib/bazarr";
    "calibre-web" "dataDir" "/var/lib/calibre-web";
    "clickhouse" "" "/var/lib/clickhouse";
    "couchdb" "databaseDir" "/var/lib/couchdb";
    "deluge" "dataDir" "/var/lib/deluge";
    "dockerRegistry" "storagePath" "/var/lib/docker-registry";
    "dovecot2" "mailLocation" "/var/spool/mail";
    "ejabberd" "spoolDir" "/var/lib/ejabberd";
    "elasticsearch" "dataDir" "/var/lib/elasticsearch";
    "etcd" "dataDir" "/var/lib/etcd";
    "factorio" "stateDirName" "/var/lib/factorio";
    "forgejo" "stateDir" "/var/lib/forgejo";
    "freshrss" "dataDir" "/var/lib/freshrss";
    "gitea" "stateDir" "/var/lib/gitea";
    "gitlab" "statePath" "/var/gitlab/state";
    "gitolite" "dataDir" "/var/lib/gitolite";
    "grafana" "dataDir" "/var/lib/grafana";
    "headscale" "" "/var/lib/headscale";
    "home-assistant" "configDir" "/var/lib/hass";
    "immich" "mediaLocation" "/var/lib/immich";
    "influxdb" "dataDir" "/var/db/influxdb";
    "influxdb2" "" "/var/lib/influxdb2";
    "jellyfin" "dataDir" "/var/lib/jellyfin";
    "jenkins" "home" "/var/lib/jenkins";
    "kavita" "dataDir" "/var/lib/kavita";
    "lidarr" "dataDir" "/var/lib/lidarr/.config/Lidarr";
    "loki" "dataDir" "/var/lib/loki";
    "mastodon" "" "/var/lib/mastodon";
    "matrix-synapse" "dataDir" "/var/lib/matrix-synapse";
    "minecraft-server" "dataDir" "/var/lib/minecraft";
    "minio" "dataDir" "/var/lib/minio/data";
    "mongodb" "dbpath" "/var/db/mongodb";
    "mosquitto" "dataDir" "/var/lib/mosquitto";
    "murmur" "stateDir" "/var/lib/murmur";
    "mysql" "dataDir" "/var/lib/mysql";
    "nextcloud" "home" "/var/lib/nextcloud";
    "node-red" "userDir" "/var/lib/node-red";
    "opendkim" "keyPath" "/var/lib/opendkim/keys";
    "openldap" "" "/var/lib/openldap";
    "opensearch" "dataDir" "/var/lib/opensearch";
    "paperless" "dataDir" "/var/lib/paperless";
    "photoprism" "storagePath" "/var/lib/photoprism";
    "plex" "dataDir" "/var/lib/plex";
    "postfix" "" "/var/lib/postfix/queue";
    "postgresql" "dataDir" "/var/lib/postgresql";
    "prometheus" "stateDir" "/var/lib/prometheus2";
    "prosody" "dataDir" "/var/lib/prosody";
    "prowlarr" "dataDir" "/var/lib/prowlarr";
    "rabbitmq" "dataDir" "/var/lib/rabbitmq";
    "radarr" "dataDir" "/var/lib/radarr/.config/Radarr";
    "sonarr" "dataDir" "/var/lib/sonarr/.config/NzbDrone";
    "syncthing" "dataDir" "/var/lib/syncthing";
    "teamspeak3" "dataDir" "/var/lib/teamspeak3-server";
    "transmission" "home" "/var/lib/transmission";
    "unifi" "" "/var/lib/unifi";
    "vaultwarden" "" "/var/lib/vaultwarden" | "/var/lib/bitwarden_rs";
    "victoriametrics" "stateDir" "/var/lib/victoriametrics";
    "zigbee2mqtt" "dataDir" "/var/lib/zigbee2mqtt";
    "znc" "dataDir" "/var/lib/znc";
    "zookeeper" "dataDir" "/var/lib/zookeeper";
};

/// What lasts as long as the host is up at most, for whoever chose it; or,
/// of `/nix`, is the host's.
const NOT_STATE: [&str; 6] = ["/nix", "/run", "/tmp", "/var/tmp", "/var/cache", "/dev"];

/// A service whose state is lost.
struct Loss<'h> {
    service: String,
    directory: String,
    enabled: Peeked<'h>,
}

pub(super) fn check<'h>(
    sys: &Shared<'h>,
    ev: &mut Evaluator<'h>,
    container: &Container,
    instance: &'h Instance<'h>,
    loc: Loc<'h>,
) {
    check_mounts(sys, ev, container, instance);
    let Some(ephemeral) = container.option("ephemeral") else { return };
    if ephemeral.value != Value::Bool(true) {
        return;
    }
    let Some(kept) = kept(container) else { return };
    // All of it is on the host.
    if kept.iter().any(|place| place.bytes().all(|b| b == b'/')) {
        return;
    }
    let Some(peek) = sys.peek(ev, instance) else { return };
    // What impermanence brings back is not worked out here.
    if peek.is_defined(ev, &["environment", "persistence"]) {
        return;
    }
    let kept = Kept { mounts: kept, peek: &peek };
    let losses = losses(ev, &kept);
    if !losses.is_empty() {
        report(sys, ev, ephemeral, &losses, loc);
    }
}

/// A mount that holds the state of a service and does not say whether it can
/// be written to: it can not.
fn check_mounts<'h>(
    sys: &Shared<'h>,
    ev: &mut Evaluator<'h>,
    container: &Container,
    instance: &'h Instance<'h>,
) {
    let Some(Value::Attrs(mounts)) = container.value("bindMounts") else { return };
    for (name, at) in mounts {
        let Value::Attrs(options) = &at.value else { continue };
        let forgotten = options.get("isReadOnly").is_some_and(|read_only| {
            read_only.places.is_empty() && read_only.value == Value::Bool(true)
        });
        let target = options.get("mountPoint").and_then(|target| target.value.as_str());
        let (Some(target), true) = (target, forgotten) else { continue };
        let Some(peek) = sys.peek(ev, instance) else { return };
        let Some(service) = kept_in(ev, &peek, target) else { continue };
        let address = format!(
            "containers.{}.bindMounts.{}",
            conex_model::quote_name(container.name.as_str()),
            conex_model::quote_name(name)
        );
        let summary = format!("`{service}' can not write to its state in {target}");
        let mut found = Found::at_name_of(Code::ReadOnlyState, address, at, summary);
        found.diagnostic.detail =
            "A bind mount can only be read unless it says otherwise.".to_owned();
        found.diagnostic.help = Some("Set `isReadOnly = false;'.".to_owned());
        settle::settle(ev, found).into_iter().for_each(|diagnostic| sys.report(diagnostic));
    }
}

/// The enabled service that keeps its state in a directory or below it.
fn kept_in<'h>(ev: &mut Evaluator<'h>, peek: &Peek<'h>, directory: &str) -> Option<&'static str> {
    SERVICES.iter().find_map(|service| {
        enabled(ev, peek, &["services", service.name, "enable"])?;
        let path = ["services", service.name, service.directory];
        let own = match service.directory.is_empty() || !peek.is_defined(ev, &path) {
            true => service.default.iter().map(|place| (*place).to_owned()).collect(),
            false => peek.get(ev, &path)?.texts(ev)?,
        };
        own.iter().any(|place| is_below(place, directory)).then_some(service.name)
    })
}

fn report<'h>(
    sys: &Shared<'h>,
    ev: &mut Evaluator<'h>,
    ephemeral: &Located,
    losses: &[Loss<'h>],
    loc: Loc<'h>,
) {
    let names: Vec<_> = losses.iter().map(|loss| format!("`{}'", loss.service)).collect();
    let summary = match names.split_last() {
        Some((last, [])) => format!("The state of {last} is lost when the container stops"),
        Some((last, others)) => format!(
            "The state of {} and {last} is lost when the container stops",
            others.join(", ")
        ),
        None => return,
    };
    let mut problem = conex_model::Diagnostic::new(Code::EphemeralState, summary);
    problem.place = ephemeral.places.first().cloned();
    let name = loc::join_name(sys.heap, loc, ev.symbol("ephemeral"));
    problem.address = Some(loc::show(ev, name));
    problem.detail = "The root of an ephemeral container is empty at every start.".to_owned();
    for loss in losses {
        let Some(place) = loss.enabled.place.clone() else { continue };
        let message = format!("`{}' keeps its state in {}", loss.service, loss.directory);
        problem.related.push(Related { message, place });
    }
    let directory = &losses[0].directory;
    problem.help = Some(format!(
        "Keep it on the host: bindMounts.\"{directory}\" = {{ hostPath = \"…\"; isReadOnly = false; }};"
    ));
    sys.report(problem);
}

/// The places that outlast the container, and what its own file systems are.
struct Kept<'a, 'h> {
    mounts: Vec<String>,
    peek: &'a Peek<'h>,
}

impl<'h> Kept<'_, 'h> {
    /// Whether a directory outlasts the container.
    fn covers(&self, ev: &mut Evaluator<'h>, directory: &str) -> bool {
        if NOT_STATE.iter().any(|place| is_below(directory, place)) {
            return true;
        }
        // Where it really is when systemd makes up the user of a service.
        let private = directory.strip_prefix("/var/lib/").unwrap_or(directory);
        let private = format!("/var/lib/private/{private}");
        let own = self.peek.names(ev, &["fileSystems"]);
        // Whoever mounts a part of it has chosen what to keep.
        let keeps = |place: &String| {
            let around = |directory: &str| is_below(directory, place) || is_below(place, directory);
            around(directory) || around(&private)
        };
        self.mounts.iter().any(keeps) || own.iter().any(keeps)
    }
}

/// Where something of the host is mounted that can be written to; `None` if
/// that is not known.
fn kept(container: &Container) -> Option<Vec<String>> {
    let mut kept = Vec::new();
    let Value::Attrs(mounts) = container.value("bindMounts")? else { return None };
    for mount in mounts.values() {
        let Value::Attrs(options) = &mount.value else { return None };
        let at = options.get("isReadOnly")?;
        // One that only does not say so is told of itself.
        let read_only = match at.value {
            Value::Bool(read_only) => read_only && !at.places.is_empty(),
            _ => return None,
        };
        let target = options.get("mountPoint")?.value.as_str()?;
        if !read_only {
            kept.push(target.to_owned());
        }
    }
    for flag in container.value("extraFlags")?.as_list()? {
        let flag = flag.value.as_str()?;
        let mount = ["--bind=", "--overlay="].iter().find_map(|name| flag.strip_prefix(name));
        // The target is among the parts, the options are no paths.
        kept.extend(mount.into_iter().flat_map(|mount| mount.split(':')).map(str::to_owned));
    }
    Some(kept)
}

/// Whether a path is a directory or below it.
fn is_below(path: &str, directory: &str) -> bool {
    let parts = |path: &str| -> Vec<String> {
        path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let above = parts(directory);
    // Everything is below the root, which is what is thrown away.
    directory.starts_with('/') && !above.is_empty() && parts(path).starts_with(&above)
}

fn losses<'h>(ev: &mut Evaluator<'h>, kept: &Kept<'_, 'h>) -> Vec<Loss<'h>> {
    let mut losses = Vec::new();
    for service in SERVICES {
        let Some(enabled) = enabled(ev, kept.peek, &["services", service.name, "enable"]) else {
            continue;
        };
        if let Some(directory) = lost(ev, kept, service) {
            losses.push(Loss { service: service.name.to_owned(), directory, enabled });
        }
    }
    let servers = ["services", "redis", "servers"];
    for name in kept.peek.names(ev, &servers) {
        let [services, redis, servers] = servers;
        let Some(enabled) = enabled(ev, kept.peek, &[services, redis, servers, &name, "enable"])
        else {
            continue;
        };
        let saved = kept.peek.get(ev, &[services, redis, servers, &name, "save"]);
        let never = saved.is_some_and(|saved| saved.is_empty_list());
        let dash = if name.is_empty() { "" } else { "-" };
        let directory = format!("/var/lib/redis{dash}{name}");
        if !never && !kept.covers(ev, &directory) {
            losses.push(Loss { service: format!("redis{dash}{name}"), directory, enabled });
        }
    }
    losses
}

fn enabled<'h>(ev: &mut Evaluator<'h>, peek: &Peek<'h>, path: &[&str]) -> Option<Peeked<'h>> {
    peek.get(ev, path).filter(|enabled| enabled.is_true())
}

/// A directory of an enabled service that does not outlast the container.
fn lost<'h>(ev: &mut Evaluator<'h>, kept: &Kept<'_, 'h>, service: &Service) -> Option<String> {
    let path = ["services", service.name, service.directory];
    if service.directory.is_empty() || !kept.peek.is_defined(ev, &path) {
        for directory in service.default {
            if kept.covers(ev, directory) {
                return None;
            }
        }
        return service.default.first().map(|directory| (*directory).to_owned());
    }
    // What is computed from something unknown may be anywhere.
    let mut directories = kept.peek.get(ev, &path)?.texts(ev)?.into_iter();
    directories.find_map(|directory| {
        let directory = match directory.starts_with('/') {
            true => directory,
            // A kind of store and a path, as Dovecot has it.
            false if directory.contains(':') => return None,
            false => format!("/var/lib/{directory}"),
        };
        (!kept.covers(ev, &directory)).then_some(directory)
    })
}
