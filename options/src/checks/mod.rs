//! What is wrong with a container although each of its options is fine.

mod assertions;
mod container;
mod host;
mod settle;
mod state;
mod system;

use conex_evaluator::Evaluator;
use conex_model::{Container, Desired, Diagnostic};

use crate::def::Def;
use crate::instance::Instance;
use crate::loc::Loc;
use crate::system::{Shared, System};

impl<'h> System<'h> {
    /// Checks one container.
    pub(crate) fn check_container(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        host: &'h Instance<'h>,
        container: &Container,
        instance: &'h Instance<'h>,
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) {
        system::check(self, ev, container, instance, defs, loc);
        state::check(self, ev, container, instance, loc);
        self.check_nix(ev, host, instance, container);
    }
}

impl<'h> System<'h> {
    /// Checks what containers came to.
    pub(crate) fn check_containers(&self, ev: &Evaluator<'h>, desired: &Desired) {
        for found in container::check(desired) {
            settle::settle(ev, found).into_iter().for_each(|diagnostic| self.report(diagnostic));
        }
    }
}

/// What is wrong with containers on this machine.
pub(crate) fn on_machine(ev: &Evaluator<'_>, desired: &Desired) -> Vec<Diagnostic> {
    let found = container::check_on_machine(desired, ev.io());
    found.into_iter().filter_map(|found| settle::settle(ev, found)).collect()
}
