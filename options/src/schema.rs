//! Option declarations, decoded once for all that share them.

use std::cell::Cell;

use conex_evaluator::{Attrs, Error, ErrorKind, Evaluator, Symbol, Value, View};
use conex_model::Code;

use crate::def::deep;
use crate::load::Loaded;
use crate::loc::{self, Loc};
use crate::report::Stop;
use crate::spot::Spot;
use crate::system::{Shared, System};
use crate::types::{Kind, Type, TypeRef};

/// What a set of modules declares.
pub(crate) struct Schema<'h> {
    pub(crate) tree: &'h Tree<'h>,
    /// The type of a set of what is not declared.
    pub(crate) freeform: Option<&'h Type<'h>>,
    /// Whether the modules of the type define options themselves.
    pub(crate) defines: bool,
    /// Whether declarations differ from instance to instance.
    pub(crate) per_instance: bool,
}

/// A set of options.
pub(crate) struct Tree<'h> {
    /// Sorted by symbol.
    pub(crate) entries: &'h [&'h Entry<'h>],
    /// The indices of `entries` by name, the order of the result.
    pub(crate) by_name: &'h [u32],
}

/// An option or a set of options, by name: decoded when it is needed, for a
/// declaration may depend on others.
pub(crate) struct Entry<'h> {
    pub(crate) name: Symbol,
    loc: Loc<'h>,
    declarations: &'h [Declaration<'h>],
    node: Cell<State<'h>>,
}

#[derive(Clone, Copy)]
enum State<'h> {
    Waiting,
    Running,
    Done(Option<Node<'h>>),
}

/// An option or a set of options.
#[derive(Clone, Copy)]
pub(crate) enum Node<'h> {
    Option(&'h OptionDecl<'h>),
    Set(&'h Tree<'h>),
}

/// The declaration of an option.
#[derive(Clone, Copy)]
pub(crate) struct OptionDecl<'h> {
    /// Tells options apart.
    pub(crate) number: u32,
    pub(crate) ty: &'h TypeRef<'h>,
    /// As it was written.
    pub(crate) set: Attrs<'h>,
    pub(crate) default: Option<Value<'h>>,
    pub(crate) apply: Option<Value<'h>>,
    /// What to do instead of using it, if it is no more.
    pub(crate) removed: Option<Value<'h>>,
    /// The option that this is another name of.
    pub(crate) alias: Option<&'h [Symbol]>,
    pub(crate) spot: Spot,
    /// Where it was declared: the files, by the names that modules have.
    pub(crate) declarations: &'h [(&'h str, Spot)],
}

/// An `options` set and where it is.
#[derive(Clone, Copy)]
pub(crate) struct Declaration<'h> {
    pub(crate) value: Value<'h>,
    pub(crate) spot: Spot,
    pub(crate) file: &'h str,
}

impl<'h> OptionDecl<'h> {
    /// Whether it can be defined only once.
    pub(crate) fn is_read_only(
        &self,
        sys: &System<'h>,
        ev: &mut Evaluator<'h>,
    ) -> conex_evaluator::Result<bool> {
        match self.set.get(sys.words.read_only) {
            Some(attr) => ev.force_bool(attr.value),
            None => Ok(false),
        }
    }

    /// Its type as Nix sees it, where no declaration alone has it.
    pub(crate) fn merged_type(&self, sys: &System<'h>) -> Option<Value<'h>> {
        match self.set.get(sys.words.type_) {
            Some(_) if self.declarations.len() < 2 => None,
            _ => Some(self.ty.raw()).filter(|raw| !matches!(raw.view(), View::Null)),
        }
    }
}

impl<'h> Tree<'h> {
    /// The entry of a name.
    pub(crate) fn get(&self, name: Symbol) -> Option<&'h Entry<'h>> {
        let index = self.entries.binary_search_by_key(&name, |entry| entry.name).ok()?;
        self.entries.get(index).copied()
    }

    /// The declaration of the option at a path.
    pub(crate) fn option(
        &self,
        sys: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        path: &[Symbol],
    ) -> Option<&'h OptionDecl<'h>> {
        let (first, rest) = path.split_first()?;
        match self.get(*first)?.node(sys, ev).ok()?? {
            Node::Option(decl) if rest.is_empty() => Some(decl),
            Node::Option(_) => None,
            Node::Set(tree) => tree.option(sys, ev, rest),
        }
    }

    /// Decodes all that is in it.
    pub(crate) fn decode(&self, sys: &Shared<'h>, ev: &mut Evaluator<'h>) -> Result<(), Stop> {
        for entry in self.entries {
            match entry.node(sys, ev)? {
                Some(Node::Set(tree)) => deep(|| tree.decode(sys, ev))?,
                Some(Node::Option(decl)) => {
                    decl.ty.get(sys, ev)?;
                }
                None => {}
            }
        }
        Ok(())
    }
}

impl<'h> Entry<'h> {
    /// What it is; `None` if its declaration was refused.
    pub(crate) fn node(
        &self,
        sys: &Shared<'h>,
        ev: &mut Evaluator<'h>,
    ) -> Result<Option<Node<'h>>, Stop> {
        match self.node.get() {
            State::Done(node) => return Ok(node),
            State::Running => {
                let error =
                    Error::new(ErrorKind::InfiniteRecursion, "infinite recursion encountered");
                let spot = self.declarations.first().map_or(Spot::Nowhere, |d| d.spot);
                return Err(Stop::Failed(error, spot));
            }
            State::Waiting => self.node.set(State::Running),
        }
        let node = deep(|| sys.node(ev, self.declarations, self.loc));
        self.node.set(node.as_ref().map_or(State::Waiting, |node| State::Done(*node)));
        node
    }
}

impl<'h> System<'h> {
    /// Decodes what modules declare.
    pub(crate) fn declare(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        modules: &[Loaded<'h>],
        loc: Loc<'h>,
    ) -> Result<Schema<'h>, Stop> {
        let declarations: Vec<_> = modules.iter().filter_map(|module| module.options).collect();
        let tree = self.tree(ev, &declarations, loc)?;
        let mut freeform = None;
        for module in modules {
            if let Some(ty) = module.freeform {
                freeform = Some(self.decode_type(ev, ty)?);
            }
        }
        Ok(Schema {
            tree,
            freeform,
            defines: modules.iter().any(|m| m.config.is_some()),
            per_instance: false,
        })
    }

    /// The empty schema of a submodule whose declarations are not known
    /// without an instance.
    pub(crate) fn schema_per_instance(&self) -> Schema<'h> {
        let tree = self.heap.alloc(Tree { entries: &[], by_name: &[] });
        Schema { tree, freeform: None, defines: true, per_instance: true }
    }

    fn tree(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        declarations: &[Declaration<'h>],
        loc: Loc<'h>,
    ) -> Result<&'h Tree<'h>, Stop> {
        let mut all: Vec<(Symbol, Declaration<'h>)> = Vec::new();
        for declaration in declarations {
            let failed = |error| Stop::new(error, declaration.spot);
            let value = ev.force(declaration.value).map_err(failed)?;
            let View::Attrs(set) = value.view() else {
                let summary = format!(
                    "`options' of a module is a set, but here it is {}",
                    ev.describe_kind(value)
                );
                let spot = declaration.spot;
                let problem = self.problem(ev, Code::InvalidDeclaration, summary, loc, spot);
                self.refuse(problem, loc)?;
                continue;
            };
            for attr in ev.all_attrs(set).map_err(failed)? {
                let spot = declaration.spot.attr(attr.position);
                all.push((attr.name, Declaration { value: attr.value, spot, ..*declaration }));
            }
        }
        all.sort_by_key(|(name, _)| *name);
        let mut entries = Vec::with_capacity(all.len());
        for run in all.chunk_by(|a, b| a.0 == b.0) {
            let name = run[0].0;
            let loc = loc::join_name(self.heap, loc, name);
            let run: Vec<_> = run.iter().map(|(_, declaration)| *declaration).collect();
            let declarations = self.heap.slice(&run);
            let node = Cell::new(State::Waiting);
            entries.push(self.heap.alloc(Entry { name, loc, declarations, node }));
        }
        let mut by_name: Vec<u32> = (0..entries.len() as u32).collect();
        by_name.sort_by_key(|index| ev.name(entries[*index as usize].name).to_owned());
        let entries = self.heap.slice(&entries);
        let by_name = self.heap.slice(&by_name);
        Ok(self.heap.alloc(Tree { entries, by_name }))
    }

    fn node(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        run: &[Declaration<'h>],
        loc: Loc<'h>,
    ) -> Result<Option<Node<'h>>, Stop> {
        let mut options: Vec<(Attrs<'h>, Declaration<'h>)> = Vec::new();
        let mut sets = Vec::new();
        for declaration in run {
            let failed = |error| Stop::new(error, declaration.spot);
            let value = ev.force(declaration.value).map_err(failed)?;
            let View::Attrs(set) = value.view() else {
                let summary = format!("`{}' is not declared by mkOption", loc::show(ev, loc));
                let problem =
                    self.problem(ev, Code::InvalidDeclaration, summary, loc, declaration.spot);
                self.refuse(problem, loc)?;
                continue;
            };
            let tag = match set.get(self.words.type_tag) {
                Some(attr) => Some(ev.force(attr.value).map_err(failed)?),
                None => None,
            };
            match tag.map(Value::view) {
                Some(View::Str(tag)) if tag.bytes() == b"option" => {
                    options.push((set, *declaration))
                }
                Some(_) => {
                    let summary = format!("`{}' must be declared by mkOption", loc::show(ev, loc));
                    let problem =
                        self.problem(ev, Code::InvalidDeclaration, summary, loc, declaration.spot);
                    self.refuse(problem, loc)?;
                }
                None => sets.push(Declaration { value, ..*declaration }),
            }
        }
        if options.is_empty() {
            return Ok(match sets.is_empty() {
                true => None,
                false => Some(Node::Set(self.tree(ev, &sets, loc)?)),
            });
        }
        if !sets.is_empty() && self.are_submodules(ev, &options)? {
            for declaration in sets.drain(..) {
                options.push((self.submodule_of(ev, declaration)?, declaration));
            }
        }
        let Some((first, rest)) = options.split_first() else { return Ok(None) };
        if let Some(set) = sets.first() {
            let summary =
                format!("The option `{}' is also declared as a set of options", loc::show(ev, loc));
            let problem = self.problem(ev, Code::InvalidDeclaration, summary, loc, set.spot);
            self.refuse(problem, loc)?;
        }
        let mut decl = self.declaration(ev, first.0, first.1)?;
        for (set, declaration) in rest {
            let more = self.declaration(ev, *set, *declaration)?;
            decl = self.merge_declarations(ev, decl, more, loc)?;
        }
        Ok(Some(Node::Option(self.heap.alloc(decl))))
    }

    /// Whether all these options are submodules: those take in sets of options
    /// that are declared beside them.
    fn are_submodules(
        &self,
        ev: &mut Evaluator<'h>,
        options: &[(Attrs<'h>, Declaration<'h>)],
    ) -> Result<bool, Stop> {
        for (set, _) in options {
            let Some(attr) = set.get(self.words.type_) else { return Ok(false) };
            if !matches!(self.decode_type(ev, attr.value)?.kind, Kind::Submodule(_)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A set of options as the declaration of an option of its own.
    fn submodule_of(
        &self,
        ev: &mut Evaluator<'h>,
        declaration: Declaration<'h>,
    ) -> Result<Attrs<'h>, Stop> {
        let file = ev.str(declaration.file);
        let module = ev.attrs(&[("_file", file), ("options", declaration.value)]);
        let kind = ev.str("submodule");
        let modules = ev.list(&[module]);
        let special_args = ev.attrs(&[]);
        let data = ev.attrs(&[("kind", kind), ("modules", modules), ("specialArgs", special_args)]);
        let (tag, name) = (ev.str("option-type"), ev.str("submodule"));
        let ty = ev.attrs(&[("_type", tag), ("name", name), ("conex", data)]);
        let tag = ev.str("option");
        let option = ev.attrs(&[("_type", tag), ("type", ty)]);
        ev.force_attrs(option).map_err(|error| Stop::new(error, declaration.spot))
    }

    pub(crate) fn declaration(
        &self,
        ev: &mut Evaluator<'h>,
        set: Attrs<'h>,
        at: Declaration<'h>,
    ) -> Result<OptionDecl<'h>, Stop> {
        let spot = at.spot;
        let words = self.words;
        let own = |name| set.get(name).map(|attr| attr.value);
        let ty = match own(words.type_) {
            Some(ty) => TypeRef::new(self.heap, ty),
            None => TypeRef::decoded(self.heap, self.no_type()),
        };
        let failed = |error| Stop::new(error, spot);
        let mut alias = None;
        if let Some(data) = own(words.conex) {
            let data = ev.force_attrs(data).map_err(failed)?;
            if let Some(attr) = data.get(words.alias_of) {
                let mut path = Vec::new();
                for step in ev.force_list(attr.value).map_err(failed)?.as_slice() {
                    let step = ev.force_str(*step).map_err(failed)?.to_string_lossy().into_owned();
                    path.push(ev.symbol(&step));
                }
                alias = Some(self.heap.slice(&path));
            }
        }
        let number = self.options.get();
        self.options.set(number + 1);
        Ok(OptionDecl {
            number,
            ty,
            set,
            default: own(words.default),
            apply: own(words.apply),
            removed: own(words.removed),
            alias,
            spot,
            declarations: self.heap.slice(&[(at.file, spot)]),
        })
    }

    fn merged_declared(
        &self,
        ev: &mut Evaluator<'h>,
        first: &OptionDecl<'h>,
        second: &OptionDecl<'h>,
    ) -> Result<Option<Value<'h>>, Stop> {
        let (a, b) = (first.ty.get(self, ev)?, second.ty.get(self, ev)?);
        self.merge_types(ev, a, b)
    }

    fn declared_twice(
        &self,
        ev: &Evaluator<'h>,
        first: &OptionDecl<'h>,
        second: &OptionDecl<'h>,
        loc: Loc<'h>,
    ) -> Box<conex_model::Diagnostic> {
        let summary = format!("The option `{}' is already declared", loc::show(ev, loc));
        let mut problem = self.problem(ev, Code::InvalidDeclaration, summary, loc, second.spot);
        if let Some(place) = self.places.value(ev, first.spot) {
            let message = "the other declaration".to_owned();
            problem.related.push(conex_model::Related { message, place });
        }
        problem
    }

    /// Two declarations of one option, as long as they do not contradict
    /// each other.
    fn merge_declarations(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        first: OptionDecl<'h>,
        second: OptionDecl<'h>,
        loc: Loc<'h>,
    ) -> Result<OptionDecl<'h>, Stop> {
        let words = self.words;
        let both = [words.default, words.example, words.description, words.apply]
            .iter()
            .any(|name| first.set.get(*name).is_some() && second.set.get(*name).is_some());
        let ty = match (first.set.get(words.type_), second.set.get(words.type_)) {
            _ if both => None,
            (_, None) => Some(first.ty),
            (None, Some(_)) => Some(second.ty),
            // Looked at when it is needed: in nixpkgs nobody else fails.
            (Some(_), Some(_)) if loc::world(loc).is_some() => {
                let sys = self.clone();
                let merged = ev.lazy(move |ev| {
                    let merged = sys.merged_declared(ev, &first, &second);
                    match sys.raised(merged)? {
                        Some(ty) => Ok(ty),
                        None => {
                            let problem = sys.declared_twice(ev, &first, &second, loc);
                            Err(sys.raise(Stop::Problem(problem)))
                        }
                    }
                });
                Some(TypeRef::new(self.heap, merged))
            }
            (Some(_), Some(_)) => {
                let merged = self.merged_declared(ev, &first, &second)?;
                merged.map(|ty| TypeRef::new(self.heap, ty))
            }
        };
        let Some(ty) = ty else {
            let problem = self.declared_twice(ev, &first, &second, loc);
            let Err(stop) = self.refuse(problem, loc) else { return Ok(first) };
            // It is an error of who reads the option.
            let error = self.raise(stop);
            let never = ev.lazy(move |_| Err(error));
            return Ok(OptionDecl { ty: TypeRef::new(self.heap, never), ..first });
        };
        let declarations = [first.declarations, second.declarations].concat();
        Ok(OptionDecl {
            ty,
            declarations: self.heap.slice(&declarations),
            set: second.set.update(self.heap, first.set),
            default: first.default.or(second.default),
            apply: first.apply.or(second.apply),
            removed: first.removed.or(second.removed),
            alias: first.alias.or(second.alias),
            ..first
        })
    }
}
