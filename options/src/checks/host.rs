//! What the host says about all of its containers.

use conex_evaluator::{Evaluator, Value as Value_, View};
use conex_model::{Code, Container, Desired, Diagnostic, Value, quote_name};

use crate::instance::Instance;
use crate::loc;
use crate::system::{Shared, System};

impl<'h> System<'h> {
    /// What the host says about its containers without an option of theirs.
    pub(crate) fn check_host(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        host: &'h Instance<'h>,
        desired: &Desired,
    ) {
        self.check_enabled(ev, host, desired);
        let version = self.host_value(ev, host, &["system", "stateVersion"]);
        let version = version.and_then(|value| match value.view() {
            View::Str(text) => Some(text.to_string_lossy().into_owned()),
            _ => None,
        });
        // Until 22.05 both kinds of containers were in `/etc/containers`.
        if version.is_some_and(|version| is_before(&version, (22, 5))) {
            self.check_legacy(ev, host, desired);
        }
    }

    fn check_legacy(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        host: &'h Instance<'h>,
        desired: &Desired,
    ) {
        for container in desired.containers.values() {
            let Some(at) = container.option("ephemeral") else { continue };
            if at.value != Value::Bool(true) || at.places.is_empty() {
                continue;
            }
            let address = format!("containers.{}.ephemeral", quote_name(container.name.as_str()));
            let summary = "An ephemeral container does not start on a host whose `system.stateVersion' is before 22.05";
            let mut problem = Diagnostic::new(Code::EphemeralLegacy, summary);
            problem.place = at.places.first().cloned();
            problem.address = Some(address);
            problem.detail =
                "Its root is looked for in /run/nixos-containers and made in /run/containers."
                    .to_owned();
            self.report(problem);
        }
        let podman = ["virtualisation", "containers", "enable"];
        let on = self.host_value(ev, host, &podman).is_some_and(is_true);
        let Some(first) = desired.containers.values().next().filter(|_| on) else { return };
        let summary = "Containers of NixOS and `virtualisation.containers' share /etc/containers before 22.05";
        let mut problem = Diagnostic::new(Code::SharedDirectory, summary);
        problem.place = first.places.first().cloned();
        problem.address = Some(format!("containers.{}", quote_name(first.name.as_str())));
        self.report(problem);
    }

    /// Reports a container that runs the Nix daemon's clients where the host
    /// has no daemon: NixOS refuses it.
    pub(crate) fn check_nix(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        host: &'h Instance<'h>,
        instance: &'h Instance<'h>,
        container: &Container,
    ) {
        let off = |value: Value_<'h>| matches!(value.view(), View::Bool(false));
        if !self.host_value(ev, host, &["nix", "enable"]).is_some_and(off) {
            return;
        }
        let Some(peek) = self.peek(ev, instance) else { return };
        let path = ["nix", "enable"];
        if peek.get(ev, &path).is_some_and(|own| off(own.value)) {
            return;
        }
        // What is written and not understood may well be right.
        if peek.is_defined(ev, &path) && peek.get(ev, &path).is_none() {
            return;
        }
        let Some(config) = container.option("config") else { return };
        let name = quote_name(container.name.as_str());
        let summary = format!("`containers.{name}' uses the Nix daemon of a host that has none");
        let mut problem = Diagnostic::new(Code::NixDisabled, summary);
        problem.place = config.places.first().cloned();
        problem.address = Some(format!("containers.{name}.config"));
        problem.help =
            Some("Set `nix.enable = false;' in the container's configuration too.".to_owned());
        self.report(problem);
    }

    /// A value of the host that no module declares, if it is known.
    fn host_value(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        host: &'h Instance<'h>,
        path: &[&str],
    ) -> Option<Value_<'h>> {
        let config = self.config_of(ev, host);
        let path: Vec<_> = path.iter().map(|step| ev.symbol(step)).collect();
        ev.quietly(|ev| {
            let mut value = config;
            for step in path {
                let set = ev.force_attrs(value).ok()?;
                value = ev.force(set.get(step)?.value).ok()?;
            }
            Some(value)
        })
    }

    /// Reports containers of a host that is not to run any: NixOS leaves them
    /// out, with a warning.
    fn check_enabled(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        host: &'h Instance<'h>,
        desired: &Desired,
    ) {
        if desired.containers.is_empty() {
            return;
        }
        let path = [ev.symbol("boot"), ev.symbol("enableContainers")];
        let Ok(defs) = self.definitions_at(ev, host, &path) else { return };
        let Ok(resolved) = self.resolve(ev, defs) else { return };
        let [def] = resolved.as_slice() else { return };
        if def.doubt.is_some() || !matches!(def.value.view(), View::Bool(false)) {
            return;
        }
        let at = path.iter().fold(None, |loc, step| loc::join_name(self.heap, loc, *step));
        let summary = "The containers are not set up: `boot.enableContainers' is false".to_owned();
        let mut problem = self.problem(ev, Code::ContainersDisabled, summary, at, def.spot);
        problem.help = Some("Leave it out: it follows from there being containers.".to_owned());
        self.report(*problem);
    }
}

fn is_true(value: Value_<'_>) -> bool {
    matches!(value.view(), View::Bool(true))
}

/// Whether a release such as `21.11` is before another.
fn is_before(release: &str, other: (u32, u32)) -> bool {
    let parts = release.split_once('.').map(|(year, month)| (year.parse(), month.parse()));
    matches!(parts, Some((Ok(year), Ok(month))) if (year, month) < other)
}
