//! What the modules of the host demand (`assertions`) and say (`warnings`).

use conex_evaluator::{Evaluator, Symbol, View};
use conex_model::{Code, Severity};

use crate::def::Def;
use crate::instance::Instance;
use crate::loc;
use crate::merge::{Child, Merged};
use crate::report::Stop;
use crate::schema::OptionDecl;
use crate::system::{Shared, System};

impl<'h> System<'h> {
    /// Reports the assertions that do not hold, and the warnings. What is
    /// unknown is not known to be wrong.
    pub(crate) fn check_assertions(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        host: &'h Instance<'h>,
    ) {
        for child in self.elements(ev, host, self.words.assertions) {
            for def in self.resolve(ev, child.defs).unwrap_or_default() {
                match self.failed_assertion(ev, &def) {
                    Ok(Some(message)) => {
                        let problem = self.problem(ev, Code::Assertion, message, None, def.spot);
                        self.report(*problem);
                    }
                    Ok(None) => {}
                    Err(stop) => self.report_stop(ev, stop, None),
                }
            }
        }
        for child in self.elements(ev, host, self.words.warnings) {
            for def in self.resolve(ev, child.defs).unwrap_or_default() {
                let View::Str(text) = def.value.view() else { continue };
                let message = text.to_string_lossy().trim().to_owned();
                let mut problem = self.problem(ev, Code::Warning, message, None, def.spot);
                problem.severity = Severity::Warning;
                self.report(*problem);
            }
        }
    }

    /// The elements of a list option of the host.
    fn elements(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        host: &'h Instance<'h>,
        name: Symbol,
    ) -> Vec<Child<'h>> {
        let loc = loc::join_name(self.heap, None, name);
        let Some(schema) = host.schema() else { return Vec::new() };
        let Some(decl): Option<&'h OptionDecl<'h>> = schema.tree.option(self, ev, &[name]) else {
            return Vec::new();
        };
        let merged = self.definitions_at(ev, host, &[name]).and_then(|defs| {
            let mut resolved = self.resolve(ev, defs)?;
            resolved.retain(|def| def.doubt.is_none());
            if resolved.is_empty() {
                return Ok(Merged::List(Vec::new()));
            }
            let ty = decl.ty.get(self, ev)?;
            self.merge(ev, ty, &resolved, loc)
        });
        match merged {
            Ok(Merged::List(children)) => children.into_iter().map(|(_, child)| child).collect(),
            Ok(_) => Vec::new(),
            Err(stop) => {
                self.report_stop(ev, stop, loc);
                Vec::new()
            }
        }
    }

    /// The message of an assertion that does not hold.
    fn failed_assertion(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        def: &Def<'h>,
    ) -> Result<Option<String>, Stop> {
        let View::Attrs(set) = def.value.view() else { return Ok(None) };
        let failed = |error| Stop::new(error, def.spot);
        let Some(assertion) = set.get(self.words.assertion) else { return Ok(None) };
        if ev.force_bool(assertion.value).map_err(failed)? {
            return Ok(None);
        }
        let message = match set.get(self.words.message) {
            Some(message) => {
                ev.force_str(message.value).map_err(failed)?.to_string_lossy().trim().to_owned()
            }
            None => "an assertion does not hold".to_owned(),
        };
        Ok(Some(message))
    }
}
