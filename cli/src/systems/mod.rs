//! What a nixpkgs makes known of containers: their systems, and the options
//! that depend on `pkgs`.
//!
//! They are evaluated by a process of its own ([`worker`]), on as many cores as there are,
//! and what they come to is kept as long as it is true ([`kept`]).

mod kept;
mod traced;
mod wire;
pub(crate) mod worker;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use conex_evaluator::StoreObject;
use conex_model::{Container, ContainerName, Desired, Diagnostic, Located, Plan, Value, ValueKind};
use conex_options::Wanted;
use conex_store::Nix;

use self::kept::{Kept, Record};
use self::wire::{Finding, HostFile, Item, ItemOfContainer, Job, Message, Order, Told};
use crate::command_error::{CommandError, Kind, Result};
use crate::evaluate::{self, Configuration};
use crate::input::{Configured, Source};
use crate::inputs::Inputs;
use crate::io::Machine;
use crate::locked;
use crate::ui::Ui;

/// What the program is called with to be the process that evaluates.
pub(crate) const WORKER: &str = "__evaluate-systems";

/// Which systems are evaluated, and how.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extent {
    /// Those of these containers; of all if there is no such set.
    pub(crate) only: Option<BTreeSet<ContainerName>>,
    /// At most so many at a time.
    pub(crate) parallelism: Option<NonZeroUsize>,
    /// Whether only their paths are needed, and nothing of what they are made from.
    pub(crate) paths_only: bool,
    /// Whether what a switch to the system of the host goes by is evaluated, too; with the
    /// units that containers of the other system need.
    pub(crate) switch: Option<Vec<String>>,
}

impl Extent {
    fn has(&self, name: &ContainerName) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(name))
    }

    /// Whether it has all containers that a plan changes something of.
    pub(crate) fn suffices_for(&self, plan: &Plan) -> bool {
        plan.changes
            .iter()
            .filter_map(|change| change.address.container())
            .all(|name| self.has(name))
    }
}

/// What says which system it is; of these only the path follows.
const OF_THE_SYSTEM: [&str; 5] = ["config", "flake", "nixpkgs", "path", "specialArgs"];

/// How many of the things that were asked for had to be evaluated.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Count {
    pub(crate) asked: usize,
    pub(crate) evaluated: usize,
    /// Whether what a switch goes by was.
    pub(crate) host: bool,
}

/// Completes a configuration by what the nixpkgs at hand makes known. Whatever
/// can not be evaluated becomes a finding.
pub(crate) fn complete(
    ui: Ui,
    configuration: &mut Configuration,
    source: &Source,
    extent: &Extent,
) -> Result<()> {
    let wanted = wanted(&configuration.desired, extent);
    if wanted.is_empty() && extent.switch.is_none() {
        return Ok(());
    }
    let mut options = option_names(&configuration.desired, &wanted);
    options.extend(configuration.option_names.iter().cloned());
    let related = extent.switch.clone().unwrap_or_default();
    let Some(job) = job(ui, configuration, source, options, related)? else { return Ok(()) };
    let items = wanted.iter().map(|wanted| Item::Container(wanted.into())).collect();
    let Done { told, findings, objects, count, switch } = done(ui, &job, items, extent, source)?;
    for (item, told) in told {
        if let (Item::Container(item), Told::Container { system, options }) = (item, told) {
            settle(&mut configuration.desired, &item, wire::known(system, options));
        }
    }
    configuration.count = count;
    configuration.switch = switch;
    configuration.objects.extend(objects);
    configuration.diagnostics.extend(findings);
    conex_options::sort(&mut configuration.diagnostics);
    let texts = std::mem::take(&mut configuration.sources);
    configuration.sources = evaluate::complete(texts, &configuration.diagnostics);
    Ok(())
}

/// The host of a configuration and the nixpkgs at hand, if there is one.
fn job(
    ui: Ui,
    configuration: &Configuration,
    source: &Source,
    options: BTreeSet<String>,
    related: Vec<String>,
) -> Result<Option<Job>> {
    let (nixpkgs, host) = match (&source.configured, &configuration.flake_host) {
        (Configured::Module(file), _) => {
            (source.search.nixpkgs.clone(), HostFile::Module(file.clone()))
        }
        (Configured::Flake { file, .. }, Some((host, locked))) => {
            let host = HostFile::Flake { file: file.clone(), host: host.clone() };
            let nixpkgs = match source.search.of_flake() {
                Some(named) => Some(named.to_owned()),
                None => locked::nixpkgs(ui, source, locked)?,
            };
            (nixpkgs, host)
        }
        _ => return Ok(None),
    };
    let Some(nixpkgs) = nixpkgs else { return Ok(None) };
    let search_path = source.search.with(&nixpkgs);
    let options = options.into_iter().collect();
    Ok(Some(Job { nixpkgs, host, options, related, search_path }))
}

/// What a switch to the system of a configuration goes by, as JSON: see
/// [`conex_options::NixosHost::switch`].
pub(crate) fn switched(configuration: &mut Configuration, source: &Source) -> Result<String> {
    match configuration.switch.take() {
        Some(Ok(text)) => Ok(text),
        Some(Err(finding)) => {
            let place = finding.place.map(|place| format!("{}:{}: ", place.file, place.start.line));
            let message = format!("{}{}", place.unwrap_or_default(), finding.summary);
            Err(source.inputs.hints(CommandError::new(Kind::Configuration, message)))
        }
        None => Err(locked::no_nixpkgs(source, configuration.flake_host.as_ref())),
    }
}

/// What became of items.
#[derive(Default)]
struct Done {
    told: Vec<(Item, Told)>,
    /// Why the others are not known.
    findings: Vec<Diagnostic>,
    /// What was made up.
    objects: Vec<(String, StoreObject)>,
    count: Count,
    /// What a switch goes by.
    switch: Option<std::result::Result<String, Diagnostic>>,
}

impl Done {
    /// The systems by the names of their containers.
    fn systems(&self) -> BTreeMap<String, wire::System> {
        let told = self.told.iter();
        let systems = told.filter_map(|(item, told)| Some((item.name(), told.system()?)));
        systems.map(|(name, system)| (name.to_owned(), system.clone())).collect()
    }
}

/// Evaluates what is not known from before.
fn done(ui: Ui, job: &Job, items: Vec<Item>, extent: &Extent, source: &Source) -> Result<Done> {
    let Source { inputs, unsaved, .. } = source;
    let machine = Machine::new(ui, Nix::default()).with(unsaved.clone());
    let mut kept = Kept::of(job, &machine);
    let mut done = Done::default();
    done.count.asked = items.len();
    let mut messages = Messages::default();
    let mut open = Vec::new();
    for item in items {
        // What it is made from is not kept: it has to be in the store.
        let is_there = |record: &&Record| {
            extent.paths_only
                || record.told.derivation().is_none_or(|path| machine.store.is_there(path))
        };
        match kept.find(&item).filter(is_there) {
            Some(record) => {
                messages.show(ui, &record.said);
                done.told.push((item, record.told.clone()));
            }
            None => open.push(item),
        }
    }
    done.count.evaluated = open.len();
    let mut then_switch = extent.switch.as_ref().map(|_| done.systems());
    if open.is_empty()
        && let Some(known) = &then_switch
        && let Some(record) = kept.find(&Item::Switch(known.clone()))
        && let Told::Switch(text) = &record.told
    {
        messages.show(ui, &record.said);
        done.switch = Some(Ok(text.clone()));
        then_switch = None;
    }
    if open.is_empty() && then_switch.is_none() {
        return Ok(done);
    }
    done.count.host = then_switch.is_some();
    let at_a_time = extent.parallelism.or_else(|| std::thread::available_parallelism().ok());
    let order = Order {
        job: job.clone(),
        items: open,
        then_switch,
        at_a_time: at_a_time.map_or(1, NonZeroUsize::get),
        objects: !extent.paths_only,
        unsaved: (**unsaved).clone(),
    };
    let records = loop {
        let mut new = Done { told: done.told.clone(), ..Done::default() };
        let records = evaluated(ui, &order, &mut new, &mut messages, inputs)?;
        // With what was fetched meanwhile it is another evaluation.
        if !fetched(ui, &machine, inputs)? {
            done.told = new.told;
            done.switch = new.switch;
            done.findings.extend(new.findings);
            done.objects.extend(new.objects);
            break records;
        }
    };
    // What is saved is what somebody asks for again.
    if unsaved.is_empty() {
        kept.add(records);
        // What can not be kept is evaluated again.
        let _ = kept.write();
    }
    Ok(done)
}

/// Fetches the inputs of the flake that turned out to be needed, if that is asked for; whether
/// there were any.
fn fetched(ui: Ui, machine: &Machine, inputs: &Inputs) -> Result<bool> {
    let needed = if inputs.are_fetched() { inputs.needed() } else { Vec::new() };
    let there = |path: &str| machine.store.is_there(path);
    for (name, tree) in &needed {
        inputs
            .needs(ui, machine.store.nix(), name, tree, &there)
            .map_err(|error| locked::failed(name, tree, error))?;
    }
    Ok(!needed.is_empty())
}

/// Messages, of which each is shown once: what concerns the host is said of each container.
#[derive(Default)]
struct Messages(BTreeSet<String>);

impl Messages {
    fn show(&mut self, ui: Ui, said: &[String]) {
        for message in said {
            if self.0.insert(message.clone()) {
                ui.note(message);
            }
        }
    }
}

/// Has another process evaluate items; gives what can be kept.
fn evaluated(
    ui: Ui,
    order: &Order,
    done: &mut Done,
    messages: &mut Messages,
    inputs: &Inputs,
) -> Result<Vec<Record>> {
    let failed = |error: &std::io::Error| CommandError::file("the evaluation of systems", error);
    let mut worker = started(order).map_err(|error| failed(&error))?;
    let mut records = Vec::new();
    let mut common = (Vec::new(), Vec::new());
    let mut open: BTreeMap<u32, &Item> = (0..).zip(&order.items).collect();
    let mut answers =
        worker.stdout.take().ok_or_else(|| failed(&std::io::ErrorKind::BrokenPipe.into()))?;
    let mut next = || -> std::io::Result<Option<Message>> {
        wire::receive(&mut answers)?.map(|bytes| wire::decoded(&bytes)).transpose()
    };
    while let Some(message) = next().map_err(|error| failed(&error))? {
        match message {
            Message::Host { said, objects, asked } => {
                messages.show(ui, &said);
                done.objects.extend(of_wire(objects));
                common = (said, asked);
            }
            Message::NoHost { said, finding, needed } => {
                messages.show(ui, &said);
                inputs.note(needed.into_iter().map(Into::into));
                done.findings.push(finding.into());
                open.clear();
            }
            Message::Done(answer) => {
                let answer = *answer;
                // The switch is the one that has no number of its own.
                let switch = || Item::Switch(done.systems());
                let item = open.remove(&answer.item).cloned().unwrap_or_else(switch);
                messages.show(ui, &answer.said);
                inputs.note(answer.needed.into_iter().map(Into::into));
                done.objects.extend(of_wire(answer.objects));
                let told = match answer.told {
                    Ok(told) => told,
                    Err(finding) if matches!(item, Item::Switch(_)) => {
                        done.switch = Some(Err(finding.into()));
                        continue;
                    }
                    Err(finding) => {
                        done.findings.push(Finding::into(finding));
                        continue;
                    }
                };
                if let Some(parts) = answer.parts {
                    let (item, told) = (item.clone(), told.clone());
                    let said = common.0.iter().cloned().chain(answer.said).collect();
                    let asked = common.1.iter().cloned().chain(answer.asked).collect();
                    records.push(Record { item, told, said, asked, parts });
                }
                match told {
                    Told::Switch(text) => done.switch = Some(Ok(text)),
                    told => done.told.push((item, told)),
                }
            }
        }
    }
    let status = worker.wait().map_err(|error| failed(&error))?;
    if !status.success() || !open.is_empty() {
        let message = format!("the evaluation of systems ended with {status}");
        return Err(CommandError::new(Kind::Internal, message));
    }
    Ok(records)
}

fn started(order: &Order) -> std::io::Result<Child> {
    let bytes = wire::encoded(order)?;
    // What runs now, even if another one was put in its place.
    let mut worker = Command::new("/proc/self/exe")
        .arg(WORKER)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = worker.stdin.take().ok_or(std::io::ErrorKind::BrokenPipe)?;
    wire::send(&mut input, &bytes)?;
    input.flush()?;
    Ok(worker)
}

fn of_wire(objects: Vec<(String, wire::Object)>) -> impl Iterator<Item = (String, StoreObject)> {
    objects.into_iter().map(|(path, object)| (path, object.into()))
}

/// The containers of which a nixpkgs makes more known.
fn wanted(desired: &Desired, extent: &Extent) -> Vec<Wanted> {
    let containers = desired.containers.values().filter(|container| extent.has(&container.name));
    let containers = containers.map(|container| {
        let options = container.options.iter().filter(|(name, located)| {
            !OF_THE_SYSTEM.contains(&&***name) && located.value.first_unknown().is_some()
        });
        let options: Vec<Arc<str>> = options.map(|(name, _)| name.clone()).collect();
        Wanted::of(container, is_built(container), options)
    });
    containers.filter(|wanted| wanted.system || !wanted.options.is_empty()).collect()
}

/// Whether the system of a container follows from its `config`.
fn is_built(container: &Container) -> bool {
    let is_set = |name| container.value(name).is_some_and(|value| value.kind() != ValueKind::Null);
    let follows = match container.value("path") {
        None => true,
        Some(path) => matches!(path, Value::Unknown(_)),
    };
    is_set("config") && !is_set("flake") && follows
}

fn option_names(desired: &Desired, wanted: &[Wanted]) -> BTreeSet<String> {
    let containers = wanted.iter().filter_map(|wanted| desired.containers.get(&wanted.name));
    let names = containers.flat_map(|container| container.options.keys());
    names.map(|name| name.to_string()).collect()
}

fn settle(desired: &mut Desired, item: &ItemOfContainer, known: conex_options::Known) {
    let name = ContainerName::new(&item.name).ok();
    let Some(container) = name.and_then(|name| desired.containers.get_mut(&name)) else { return };
    if let Some(system) = known.system {
        let path = container.options.entry("path".into());
        path.or_insert_with(|| Located::nowhere(Value::Null)).value = Value::Str(system.path);
        container.derivation = Some(system.derivation);
    }
    for (name, value) in known.options {
        if let Some(option) = container.options.get_mut(&name) {
            conex_options::fill(&mut option.value, &value);
        }
    }
}
