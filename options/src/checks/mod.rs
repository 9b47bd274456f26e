//! What is wrong with a container although each of its options is fine.

mod assertions;
mod system;

use conex_evaluator::Evaluator;
use conex_model::Container;

use crate::def::Def;
use crate::instance::Instance;
use crate::loc::Loc;
use crate::system::{Shared, System};

impl<'h> System<'h> {
    /// Checks one container.
    pub(crate) fn check_container(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        container: &Container,
        instance: &'h Instance<'h>,
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) {
        system::check(self, ev, container, instance, defs, loc);
    }
}
