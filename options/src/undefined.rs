//! What options are where nobody defines them: many instances of a submodule
//! share most of it.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use conex_evaluator::Evaluator;
use conex_model::Located;

use crate::schema::{Node, Tree};
use crate::system::{Shared, System};

/// The options of a tree that are the same in all instances, undefined.
pub(crate) struct Undefined {
    pub(crate) options: BTreeMap<Arc<str>, Located>,
    /// Which of the tree's entries are among them.
    pub(crate) has: Vec<bool>,
}

impl<'h> System<'h> {
    /// What the options of a tree are where nobody defines them, as far as it
    /// is the same for all instances and they were looked at before.
    pub(crate) fn undefined_in(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        tree: &'h Tree<'h>,
    ) -> Option<Rc<Undefined>> {
        let key = std::ptr::from_ref(tree).addr();
        let known = self.undefined.borrow().get(&key).cloned();
        if let Some(Some(undefined)) = known {
            return Some(undefined);
        }
        // A tree may well be that of one instance only.
        let undefined = known.map(|_| Rc::new(self.make_undefined(ev, tree)));
        self.undefined.borrow_mut().insert(key, undefined.clone());
        undefined
    }

    fn make_undefined(self: &Shared<'h>, ev: &mut Evaluator<'h>, tree: &'h Tree<'h>) -> Undefined {
        let mut undefined =
            Undefined { options: BTreeMap::new(), has: vec![false; tree.entries.len()] };
        for (entry, has) in tree.entries.iter().zip(&mut undefined.has) {
            let Ok(Some(Node::Option(decl))) = entry.node(self, ev) else { continue };
            if let Some(Some(value)) = self.defaults.borrow().get(&decl.number) {
                let name = self.shared_name(ev, entry.name);
                undefined.options.insert(name, Located::nowhere(value.clone()));
                *has = true;
            }
        }
        undefined
    }
}
