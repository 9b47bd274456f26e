//! What the options are, for `conex options` and editors.

use conex_evaluator::{Evaluator, Symbol, Value, View};
use conex_model::Place;

use crate::flake::Start;
use crate::schema::{Node, OptionDecl, Tree};
use crate::system::{Shared, System};
use crate::types::{Kind, Type};

/// The documentation of an option.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OptionDoc {
    /// Its path: `containers.<name>.autoStart`, `containers.<name>.forwardPorts.*.hostPort`.
    pub name: String,
    /// The description of its type.
    pub type_: String,
    /// Its default in Nix syntax, if it has one.
    pub default: Option<String>,
    /// An example in Nix syntax, if it has one.
    pub example: Option<String>,
    /// What it is for, in Markdown.
    pub description: String,
    /// Whether it can not be set.
    pub read_only: bool,
    /// Whether it is hidden from lists of options.
    pub internal: bool,
    /// What to do instead of using it, if it is no more.
    pub removed: Option<String>,
    /// The option that it is another name of.
    pub alias_of: Option<String>,
    /// The NixOS release that first had it.
    pub since: Option<String>,
    /// The gentlest way a change of it reaches a running container.
    pub disruption: Option<String>,
    /// The flag, key or setting it becomes.
    pub compiles_to: Option<String>,
    /// Whether only conex has it, and not NixOS.
    pub own: bool,
    /// Where it is declared.
    pub declarations: Vec<Place>,
}

/// All options that conex declares, in the order of their names. Those of an
/// alias are not repeated.
pub fn declared_options(evaluator: &mut Evaluator<'_>) -> Vec<OptionDoc> {
    let Ok(system) = System::new(evaluator) else { return Vec::new() };
    let host = system.host(evaluator, Start::default());
    let mut docs = Vec::new();
    if let Some(schema) = host.schema() {
        system.document(evaluator, schema.tree, "", &mut docs);
    }
    docs.sort_by(|a: &OptionDoc, b| a.name.cmp(&b.name));
    docs
}

impl<'h> System<'h> {
    fn document(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        tree: &'h Tree<'h>,
        prefix: &str,
        docs: &mut Vec<OptionDoc>,
    ) {
        for entry in tree.entries {
            let name = format!("{prefix}{}", crate::loc::quoted(ev.name(entry.name)));
            let Ok(Some(node)) = entry.node(self, ev) else { continue };
            match node {
                Node::Set(tree) => self.document(ev, tree, &format!("{name}."), docs),
                Node::Option(decl) => {
                    docs.push(self.doc(ev, decl, name.clone()));
                    if decl.alias.is_none()
                        && let Ok(ty) = decl.ty.get(self, ev)
                    {
                        self.document_type(ev, ty, &name, docs, 0);
                    }
                }
            }
        }
    }

    /// The options that are in the values of a type.
    fn document_type(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        ty: &'h Type<'h>,
        name: &str,
        docs: &mut Vec<OptionDoc>,
        depth: usize,
    ) {
        // Types may contain themselves.
        const MAX_DEPTH: usize = 6;
        if depth > MAX_DEPTH {
            return;
        }
        let (elem, suffix) = match &ty.kind {
            Kind::AttrsOf { elem, .. } => (elem, ".<name>"),
            Kind::ListOf { elem, .. } => (elem, ".*"),
            Kind::NullOr(elem) | Kind::Unique { elem, .. } | Kind::AddCheck { elem, .. } => {
                (elem, "")
            }
            Kind::Submodule(submodule) => {
                if let Ok(schema) = self.template(ev, submodule, None) {
                    self.document(ev, schema.tree, &format!("{name}."), docs);
                }
                return;
            }
            _ => return,
        };
        if let Ok(elem) = elem.get(self, ev) {
            self.document_type(ev, elem, &format!("{name}{suffix}"), docs, depth + 1);
        }
    }

    fn doc(&self, ev: &mut Evaluator<'h>, decl: &'h OptionDecl<'h>, name: String) -> OptionDoc {
        let words = self.words;
        let own = |name: Symbol| decl.set.get(name).map(|attr| attr.value);
        let mut doc = OptionDoc {
            name,
            type_: decl
                .ty
                .get(self, ev)
                .map_or_else(|_| String::new(), |ty| ty.description(self, ev)),
            read_only: decl.is_read_only(self, ev).unwrap_or(false),
            removed: decl.removed.and_then(|value| self.string(ev, value)),
            ..OptionDoc::default()
        };
        doc.declarations = self.places.name(ev, decl.spot).into_iter().collect();
        doc.default =
            own(words.default_text).or(decl.default).and_then(|value| self.shown(ev, value));
        doc.example = own(words.example).and_then(|value| self.shown(ev, value));
        doc.description =
            own(words.description).and_then(|value| self.string(ev, value)).unwrap_or_default();
        doc.internal = own(words.internal).is_some_and(|value| is(ev, value, true))
            || own(words.visible).is_some_and(|value| is(ev, value, false));
        if let Some(path) = decl.alias {
            let names: Vec<_> = path.iter().map(|step| ev.name(*step)).collect();
            doc.alias_of = Some(names.join("."));
        }
        let data = own(words.conex).and_then(|value| ev.force_attrs(value).ok());
        if let Some(data) = data {
            let mut field = |name| data.get(name).and_then(|attr| self.string(ev, attr.value));
            doc.since = field(words.since);
            doc.disruption = field(words.disruption);
            doc.compiles_to = field(words.compiles_to);
            doc.own = doc.since.is_none() && doc.disruption.is_some();
        }
        doc
    }

    fn string(&self, ev: &mut Evaluator<'h>, value: Value<'h>) -> Option<String> {
        match ev.force(value).ok()?.view() {
            View::Str(text) => Some(text.to_string_lossy().into_owned()),
            View::Attrs(set) => {
                let text = set.get(self.words.text)?.value;
                match ev.force(text).ok()?.view() {
                    View::Str(text) => Some(text.to_string_lossy().into_owned()),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// A value in Nix syntax; `literalExpression` as it is.
    fn shown(&self, ev: &mut Evaluator<'h>, value: Value<'h>) -> Option<String> {
        let value = ev.force(value).ok()?;
        if let View::Attrs(set) = value.view()
            && set.get(self.words.type_tag).is_some()
        {
            return self.string(ev, value);
        }
        ev.force_deep(value).ok()?;
        Some(ev.show(value))
    }
}

fn is<'h>(ev: &mut Evaluator<'h>, value: Value<'h>, wanted: bool) -> bool {
    matches!(ev.force(value).map(Value::view), Ok(View::Bool(bool)) if bool == wanted)
}
