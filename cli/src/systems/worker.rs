//! A process that evaluates a host as far as which containers it has, and everything else in
//! copies of itself.
//!
//! A copy has what all containers have in common, and its memory goes with it; what one of
//! them evaluates the others do not see, so it is known what each of them read. The process
//! has one thread: only then is a copy of it whole.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::process::ExitCode;

use conex_evaluator::{Evaluator, Heap, Settings};
use conex_options::{Configuration, Derivation, NixosHost, Nixpkgs};
use conex_store::Nix;
use fork::Fork;
use rustix::process::{Pid, Signal, WaitOptions};

use super::traced::Traced;
use super::wire::{
    self, Answer, HostFile, Item, Job, Message, Needed, Object, Order, System, Told,
};
use crate::io::Machine;
use crate::ui::Ui;

/// From so many on it pays to have evaluated what they have in common.
const SEVERAL: usize = 3;

/// Reads an order from standard input, and writes messages to standard output.
pub(crate) fn run() -> ExitCode {
    end_with_parent();
    match work() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr().lock(), "Error: an evaluation of systems: {error}");
            ExitCode::FAILURE
        }
    }
}

fn work() -> io::Result<()> {
    let bytes = wire::receive(&mut io::stdin().lock())?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let order: Order = wire::decoded(&bytes)?;
    let heap: &'static Heap = Box::leak(Box::new(Heap::new()));
    let machine = Machine::listening(Ui::detect(true), Nix::default());
    let machine = machine.with(order.unsaved.clone().into());
    let traced = Traced::new(machine, order.job.nixpkgs.clone());
    let traced: &'static Traced = Box::leak(Box::new(traced));
    let mut evaluator = Evaluator::new(heap, traced, settings(&order.job));
    let done = heap.collecting(|| do_items(&mut evaluator, traced, &order));
    // The end of the process is near, and faster.
    std::mem::forget(evaluator);
    done
}

fn settings(job: &Job) -> Settings {
    Settings { search_path: job.search_path.clone(), ..conex_options::settings_with_nixpkgs() }
}

fn say(message: &Message) -> io::Result<()> {
    wire::send(&mut io::stdout().lock(), &wire::encoded(message)?)
}

fn do_items(ev: &mut Evaluator<'_>, traced: &Traced, order: &Order) -> io::Result<()> {
    let job = &order.job;
    let configuration = match &job.host {
        HostFile::Module(file) => Configuration::Module(file),
        HostFile::Flake { file, host } => Configuration::Flake { file, host },
    };
    let nixpkgs =
        Nixpkgs { path: &job.nixpkgs, configuration, options: &job.options, related: &job.related };
    let host = match NixosHost::open(ev, nixpkgs) {
        Ok(host) => host,
        Err(finding) => {
            let said = traced.machine.said();
            let needed = needed(traced);
            return say(&Message::NoHost { said, finding: (&*finding).into(), needed });
        }
    };
    let known = order.then_switch.clone();
    let mut copies = Copies { traced, order, running: Vec::new(), known };
    let mut items = (0..).zip(&order.items);
    let said = if order.items.len() >= SEVERAL {
        // There are processors for the first ones meanwhile.
        for (number, item) in items.by_ref().take(order.at_a_time.saturating_sub(1)) {
            copies.start(ev, &host, number, item, &Common::of(traced))?;
        }
        let said = traced.machine.said();
        host.prepare(ev);
        // Nobody asked what an empty system says.
        traced.machine.said();
        said
    } else {
        traced.machine.said()
    };
    ev.heap().settle();
    let common = Common::of(traced);
    let objects = if order.objects { objects(traced, &HashSet::new()) } else { Vec::new() };
    say(&Message::Host { said, objects, asked: traced.since(0) })?;
    for (number, item) in items {
        if copies.running.len() >= order.at_a_time {
            copies.finish_one()?;
        }
        copies.start(ev, &host, number, item, &common)?;
    }
    copies.finish_all()?;
    if let Some(known) = copies.known.take() {
        let number = order.items.len() as u32;
        copies.start(ev, &host, number, &Item::Switch(known), &common)?;
    }
    copies.finish_all()
}

/// The copies of this process that evaluate.
struct Copies<'a> {
    traced: &'a Traced,
    order: &'a Order,
    running: Vec<Running>,
    /// The systems that are known, if a switch is evaluated with them.
    known: Option<BTreeMap<String, System>>,
}

/// A copy, the number of its item, and where it puts what that comes to.
type Running = (Option<Pid>, u32, File);

impl Copies<'_> {
    fn start<'h>(
        &mut self,
        ev: &mut Evaluator<'h>,
        host: &NixosHost<'h, '_>,
        number: u32,
        item: &Item,
        common: &Common,
    ) -> io::Result<()> {
        let place = rustix::fs::memfd_create("answer", rustix::fs::MemfdFlags::CLOEXEC)?;
        match fork::fork()? {
            Fork::Child => {
                end_with_parent();
                let objects = self.order.objects;
                let answer = answer(ev, self.traced, host, item, number, common, objects);
                leave(place.into(), answer)
            }
            Fork::Parent(pid) => self.running.push((Pid::from_raw(pid), number, place.into())),
        }
        Ok(())
    }

    fn finish_all(&mut self) -> io::Result<()> {
        while !self.running.is_empty() {
            self.finish_one()?;
        }
        Ok(())
    }

    /// Waits for one of the copies, and passes on what it came to.
    fn finish_one(&mut self) -> io::Result<()> {
        let ended = rustix::process::wait(WaitOptions::empty())?;
        let Some((pid, status)) = ended else { return Ok(()) };
        let Some(index) = self.running.iter().position(|(running, ..)| *running == Some(pid))
        else {
            return Ok(());
        };
        let (_, number, mut place) = self.running.swap_remove(index);
        if status.exit_status() != Some(0) {
            let how = match status.terminating_signal() {
                Some(signal) => format!(
                    "was killed by signal {signal}; if memory is scarce, try --parallelism 1"
                ),
                None => "ended unexpectedly".to_owned(),
            };
            let what = self.order.items.get(number as usize).map_or("the host", Item::name);
            return Err(io::Error::other(format!("the one of {what} {how}")));
        }
        let mut bytes = Vec::new();
        place.rewind()?;
        place.read_to_end(&mut bytes)?;
        if self.known.is_some() {
            self.learn(&wire::decoded(&bytes)?);
        }
        wire::send(&mut io::stdout().lock(), &bytes)
    }

    /// Takes a system that was evaluated; without one of them there is no switch.
    fn learn(&mut self, message: &Message) {
        let Message::Done(answer) = message else { return };
        match (&answer.told, self.order.items.get(answer.item as usize), &mut self.known) {
            (Ok(told), Some(item), Some(known)) => {
                let system = told.system().map(|system| (item.name().to_owned(), system.clone()));
                known.extend(system);
            }
            _ => self.known = None,
        }
    }
}

/// Nobody waits any more when the parent is gone.
fn end_with_parent() {
    let _ = rustix::process::set_parent_process_death_signal(Some(Signal::TERM));
}

/// The end of a copy.
fn leave(mut place: File, answer: Answer) -> ! {
    let written =
        wire::encoded(&Message::Done(Box::new(answer))).and_then(|bytes| place.write_all(&bytes));
    std::process::exit(if written.is_ok() { 0 } else { 1 })
}

/// What was there before the copies.
struct Common {
    /// So many questions were asked of the world.
    asked: usize,
    /// These objects were made up.
    objects: HashSet<String>,
}

impl Common {
    fn of(traced: &Traced) -> Self {
        let objects = traced.machine.store.noted().into_iter().map(|(path, _)| path).collect();
        Self { asked: traced.count(), objects }
    }
}

fn needed(traced: &Traced) -> Vec<Needed> {
    traced.machine.inputs.needed().into_iter().map(Needed::from).collect()
}

fn objects(traced: &Traced, without: &HashSet<String>) -> Vec<(String, Object)> {
    let noted = traced.machine.store.noted().into_iter();
    let noted = noted.filter(|(path, _)| !without.contains(path));
    noted.map(|(path, object)| (path, Object::from(&*object))).collect()
}

fn answer<'h>(
    ev: &mut Evaluator<'h>,
    traced: &Traced,
    host: &NixosHost<'h, '_>,
    item: &Item,
    number: u32,
    common: &Common,
    with_objects: bool,
) -> Answer {
    let told = match item {
        Item::Container(item) => match item.clone().wanted() {
            Some(wanted) => host.known(ev, &wanted).map(|known| Told::from(&known)),
            None => Ok(Told::Container { system: None, options: Vec::new() }),
        },
        Item::Switch(known) => {
            let known = known.iter().filter_map(|(name, system)| {
                let system: Derivation = system.clone().into();
                Some((name.clone(), system.stand_in?))
            });
            host.switch(ev, &known.collect()).map(Told::Switch)
        }
    };
    let parts = traced.is_steady().then(|| {
        let parts = ev.parts_read().into_iter();
        parts.map(|(path, parts)| (path.to_owned(), parts.into())).collect()
    });
    Answer {
        item: number,
        told: told.map_err(|finding| (&*finding).into()),
        said: traced.machine.said(),
        objects: if with_objects { objects(traced, &common.objects) } else { Vec::new() },
        asked: traced.since(common.asked),
        needed: needed(traced),
        parts,
    }
}
