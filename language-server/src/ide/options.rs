//! The options, found by how one gets to them.

use conex_options::OptionDoc;
use conex_parser::structure::Step;

/// An option and what else is to be told of it.
#[derive(Debug, Clone)]
pub struct Documented {
    /// Its documentation.
    pub doc: OptionDoc,
    /// More facts, each with its name: what it becomes, how a change arrives.
    pub facts: Vec<(&'static str, String)>,
    steps: Vec<String>,
}

/// All options.
#[derive(Debug, Clone, Default)]
pub struct Options {
    all: Vec<Documented>,
}

const ANY: &str = "<name>";
const ELEMENT: &str = "*";

impl Options {
    /// Takes the documentation of all options.
    pub fn new(
        docs: Vec<OptionDoc>,
        facts: impl Fn(&OptionDoc) -> Vec<(&'static str, String)>,
    ) -> Self {
        let shown = docs.into_iter().filter(|doc| !doc.internal && doc.removed.is_none());
        let all = shown.map(|doc| Documented {
            steps: doc.name.split('.').map(str::to_owned).collect(),
            facts: facts(&doc),
            doc,
        });
        Self { all: all.collect() }
    }

    /// The option at a path.
    pub fn find(&self, path: &[Step]) -> Option<&Documented> {
        let path = normal(path);
        let candidates = self.all.iter().filter(|option| option.steps.len() == path.len());
        best(candidates.filter(|option| fits(&option.steps, &path)))
    }

    /// The next names below a path, with the option that is there, if one is.
    pub fn below(&self, path: &[Step]) -> Vec<(&str, Option<&Documented>)> {
        let path = normal(path);
        let mut names: Vec<(&str, Option<&Documented>)> = Vec::new();
        for option in &self.all {
            if option.steps.len() <= path.len() || !fits(&option.steps[..path.len()], &path) {
                continue;
            }
            let name = option.steps[path.len()].as_str();
            if name == ANY || name == ELEMENT {
                continue;
            }
            let whole = (option.steps.len() == path.len() + 1).then_some(option);
            match names.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => *known = known.or(whole),
                None => names.push((name, whole)),
            }
        }
        names
    }

    /// Whether what is at a path is named by the user, as containers are.
    pub fn is_named_freely(&self, path: &[Step]) -> bool {
        let path = normal(path);
        self.all.iter().any(|option| {
            option.steps.len() > path.len()
                && fits(&option.steps[..path.len()], &path)
                && option.steps[path.len()] == ANY
        })
    }
}

/// The path as options are called: without the `config` of a module, and the
/// set under the one of its two names that counts.
pub(super) fn normal(path: &[Step]) -> Vec<Step> {
    let is = |step: Option<&Step>, name: &str| step == Some(&Step::Name(name.to_owned()));
    let path = if is(path.first(), "config") { &path[1..] } else { path };
    let first = is(path.first(), "systemd") && is(path.get(1), "containers");
    if first { path[1..].to_vec() } else { path.to_vec() }
}

fn fits(steps: &[String], path: &[Step]) -> bool {
    steps.iter().zip(path).all(|(step, at)| match at {
        Step::Name(name) => step == ANY || step == name,
        Step::Any => step == ANY,
        Step::Element => step == ELEMENT,
        Step::Elsewhere => false,
    })
}

/// The one that names most.
fn best<'a>(options: impl Iterator<Item = &'a Documented>) -> Option<&'a Documented> {
    options.min_by_key(|option| option.steps.iter().filter(|step| *step == ANY).count())
}
