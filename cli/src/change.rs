//! How a change of an option reaches a running container, by the planner's own
//! table.

use conex_model::Disruption;
use conex_options::OptionDoc;
use conex_planner::rungs::RULES;

/// What a change of an option needs of a running container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Change {
    /// It was not set, or an entry is added.
    pub(crate) set: Disruption,
    /// It had another value, or an entry has.
    pub(crate) changed: Disruption,
    /// It is no longer set, or an entry goes.
    pub(crate) unset: Disruption,
    /// Why not gentler, as a clause.
    pub(crate) why: Option<&'static str>,
}

impl Change {
    /// The change of an option; `None` if it is none of a container.
    pub(crate) fn of(doc: &OptionDoc) -> Option<Self> {
        let path = doc.name.strip_prefix("containers.<name>.");
        let option = path.and_then(|path| path.split('.').next()).unwrap_or_default();
        let Some(rule) = RULES.iter().find(|rule| rule.option == option) else {
            let rung = declared(doc)?;
            return Some(Self { set: rung, changed: rung, unset: rung, why: None });
        };
        // What is inside of an entry changes the entry.
        let whole = path == Some(option);
        let of = |rung| if whole { rung } else { rule.changed };
        let (set, unset) = (of(rule.set), of(rule.unset));
        Some(Self { set, changed: rule.changed, unset, why: Some(rule.why) })
    }

    /// The gentlest way.
    pub(crate) fn gentlest(self) -> Disruption {
        self.set.min(self.changed).min(self.unset)
    }
}

/// The way that the declaration tells.
fn declared(doc: &OptionDoc) -> Option<Disruption> {
    let wanted = doc.disruption.as_deref()?;
    let all = [
        Disruption::None,
        Disruption::Live,
        Disruption::Reload,
        Disruption::Restart,
        Disruption::Recreate,
    ];
    all.into_iter().find(|rung| rung.as_str() == wanted)
}

#[cfg(test)]
mod tests {
    use conex_options::OptionDoc;

    use super::*;
    use crate::evaluate::declared_options;
    use crate::ui::Ui;

    fn options() -> Vec<OptionDoc> {
        let options = declared_options(Ui::PLAIN).unwrap();
        options.into_iter().filter(|doc| doc.name.starts_with("containers.<name>.")).collect()
    }

    #[test]
    fn the_declarations_and_the_planner_agree() {
        for doc in options() {
            let Some(change) = Change::of(&doc) else { panic!("{} has no rung", doc.name) };
            // In entries, the declaration tells of the gentlest case.
            let nested = doc.name.matches('.').count() > 2;
            let declared = declared(&doc).unwrap();
            if nested {
                assert!(declared <= change.gentlest(), "{}", doc.name);
            } else {
                assert_eq!(declared, change.gentlest(), "{}", doc.name);
            }
        }
    }

    #[test]
    fn every_rule_is_of_an_option() {
        let options = options();
        // What is derived from options or is none.
        let others = ["contents", "file", "interface", "running"];
        for rule in RULES.iter().filter(|rule| !others.contains(&rule.option)) {
            let name = format!("containers.<name>.{}", rule.option);
            assert!(options.iter().any(|doc| doc.name == name), "{name}");
        }
    }
}
