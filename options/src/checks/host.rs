//! What the host says about all of its containers.

use conex_evaluator::{Evaluator, View};
use conex_model::{Code, Desired};

use crate::instance::Instance;
use crate::loc;
use crate::system::{Shared, System};

impl<'h> System<'h> {
    /// Reports containers of a host that is not to run any: NixOS leaves them
    /// out, with a warning.
    pub(crate) fn check_enabled(
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
