//! Makes the tables of an LALR(1) automaton from a grammar.
//!
//! Conflicts are settled by precedence the way yacc does; what remains is an
//! error. A state that reduces anything has its most frequent reduction as
//! the default for every terminal without an action of its own: that is when
//! an automaton notices a mistake late but with the shortest list of what it
//! expected.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// Index of a symbol: terminals first, then nonterminals.
pub(crate) type SymbolId = usize;

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Associativity {
    Left,
    Right,
    None,
}

pub(crate) struct Rule {
    pub(crate) head: SymbolId,
    pub(crate) body: Vec<SymbolId>,
    pub(crate) precedence: Option<SymbolId>,
}

pub(crate) struct Grammar {
    /// How many of the symbols are terminals; terminal 0 is the end.
    pub(crate) terminals: usize,
    pub(crate) symbols: usize,
    /// Rule 0 is the start rule: its body is the start symbol alone.
    pub(crate) rules: Vec<Rule>,
    /// Level (higher binds tighter) and associativity of terminals.
    pub(crate) precedence: HashMap<SymbolId, (usize, Associativity)>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Action {
    Error,
    Shift(usize),
    Reduce(usize),
    Accept,
}

pub(crate) struct Tables {
    /// Per state, per terminal.
    pub(crate) actions: Vec<Vec<Action>>,
    /// Per state, per nonterminal.
    pub(crate) gotos: Vec<Vec<Option<usize>>>,
    /// Per state, the terminals that have an action other than the default.
    pub(crate) expected: Vec<Vec<SymbolId>>,
}

/// A rule and how many symbols of its body are already read.
type Item = (usize, usize);

struct Automaton {
    kernels: Vec<Vec<Item>>,
    edges: Vec<BTreeMap<SymbolId, usize>>,
}

impl Grammar {
    fn rules_of(&self, head: SymbolId) -> impl Iterator<Item = usize> + '_ {
        (0..self.rules.len()).filter(move |&r| self.rules[r].head == head)
    }

    fn next(&self, item: Item) -> Option<SymbolId> {
        self.rules[item.0].body.get(item.1).copied()
    }

    fn nullable(&self) -> Vec<bool> {
        let mut nullable = vec![false; self.symbols];
        loop {
            let before = nullable.clone();
            for rule in &self.rules {
                if rule.body.iter().all(|&s| nullable[s]) {
                    nullable[rule.head] = true;
                }
            }
            if before == nullable {
                return nullable;
            }
        }
    }

    fn first(&self, nullable: &[bool]) -> Vec<BTreeSet<SymbolId>> {
        let mut first = vec![BTreeSet::new(); self.symbols];
        for (terminal, set) in first.iter_mut().enumerate().take(self.terminals) {
            set.insert(terminal);
        }
        loop {
            let mut changed = false;
            for rule in &self.rules {
                for &symbol in &rule.body {
                    let more = first[symbol].clone();
                    let head = &mut first[rule.head];
                    let before = head.len();
                    head.extend(more);
                    changed |= head.len() != before;
                    if !nullable[symbol] {
                        break;
                    }
                }
            }
            if !changed {
                return first;
            }
        }
    }

    fn automaton(&self) -> Automaton {
        let mut automaton = Automaton { kernels: vec![vec![(0, 0)]], edges: Vec::new() };
        let mut known = HashMap::from([(vec![(0, 0)], 0)]);
        let mut state = 0;
        while state < automaton.kernels.len() {
            let mut targets: BTreeMap<SymbolId, Vec<Item>> = BTreeMap::new();
            for item in self.closure(&automaton.kernels[state]) {
                if let Some(symbol) = self.next(item) {
                    targets.entry(symbol).or_default().push((item.0, item.1 + 1));
                }
            }
            let mut edges = BTreeMap::new();
            for (symbol, mut kernel) in targets {
                kernel.sort_unstable();
                let target = *known.entry(kernel.clone()).or_insert_with(|| {
                    automaton.kernels.push(kernel);
                    automaton.kernels.len() - 1
                });
                edges.insert(symbol, target);
            }
            automaton.edges.push(edges);
            state += 1;
        }
        automaton
    }

    fn closure(&self, kernel: &[Item]) -> Vec<Item> {
        let mut items = kernel.to_vec();
        let mut seen: BTreeSet<Item> = kernel.iter().copied().collect();
        let mut i = 0;
        while i < items.len() {
            if let Some(symbol) = self.next(items[i]).filter(|&s| s >= self.terminals) {
                for rule in self.rules_of(symbol) {
                    if seen.insert((rule, 0)) {
                        items.push((rule, 0));
                    }
                }
            }
            i += 1;
        }
        items
    }

    /// The LR(1) closure of one item: items with the terminals that may
    /// follow, where `None` stands for whatever may follow the first item.
    fn closure1(
        &self,
        item: Item,
        nullable: &[bool],
        first: &[BTreeSet<SymbolId>],
    ) -> BTreeSet<(Item, Option<SymbolId>)> {
        let mut seen = BTreeSet::from([(item, None)]);
        let mut queue = VecDeque::from([(item, None)]);
        while let Some((item, follow)) = queue.pop_front() {
            let Some(symbol) = self.next(item).filter(|&s| s >= self.terminals) else { continue };
            let rest = &self.rules[item.0].body[item.1 + 1..];
            let mut follows: BTreeSet<Option<SymbolId>> = BTreeSet::new();
            let mut transparent = true;
            for &s in rest {
                follows.extend(first[s].iter().map(|&t| Some(t)));
                if !nullable[s] {
                    transparent = false;
                    break;
                }
            }
            if transparent {
                follows.insert(follow);
            }
            for rule in self.rules_of(symbol) {
                for &follow in &follows {
                    if seen.insert(((rule, 0), follow)) {
                        queue.push_back(((rule, 0), follow));
                    }
                }
            }
        }
        seen
    }

    /// For each state, the rules it can reduce and the terminals on which.
    fn lookaheads(&self, automaton: &Automaton) -> Vec<BTreeMap<usize, BTreeSet<SymbolId>>> {
        let nullable = self.nullable();
        let first = self.first(&nullable);
        let mut sets: BTreeMap<(usize, Item), BTreeSet<SymbolId>> = BTreeMap::new();
        let mut propagate: HashMap<(usize, Item), Vec<(usize, Item)>> = HashMap::new();
        let mut closures = BTreeMap::new();
        sets.entry((0, (0, 0))).or_default().insert(0);
        for (state, kernel) in automaton.kernels.iter().enumerate() {
            for &item in kernel {
                let closure = self.closure1(item, &nullable, &first);
                for &(inner, follow) in &closure {
                    let Some(symbol) = self.next(inner) else { continue };
                    let target = (automaton.edges[state][&symbol], (inner.0, inner.1 + 1));
                    match follow {
                        Some(terminal) => {
                            sets.entry(target).or_default().insert(terminal);
                        }
                        None => propagate.entry((state, item)).or_default().push(target),
                    }
                }
                closures.insert((state, item), closure);
            }
        }
        let mut queue: VecDeque<_> = sets.keys().copied().collect();
        while let Some(source) = queue.pop_front() {
            let set = sets.get(&source).cloned().unwrap_or_default();
            for &target in propagate.get(&source).into_iter().flatten() {
                let into = sets.entry(target).or_default();
                let before = into.len();
                into.extend(set.iter().copied());
                if into.len() != before {
                    queue.push_back(target);
                }
            }
        }
        let mut result =
            vec![BTreeMap::<usize, BTreeSet<SymbolId>>::new(); automaton.kernels.len()];
        for ((state, item), closure) in closures {
            for (inner, follow) in closure {
                if self.next(inner).is_some() {
                    continue;
                }
                let set = result[state].entry(inner.0).or_default();
                match follow {
                    Some(terminal) => {
                        set.insert(terminal);
                    }
                    None => set.extend(sets.get(&(state, item)).into_iter().flatten()),
                }
            }
        }
        result
    }

    /// Settles a conflict between shifting `terminal` and reducing `rule`.
    /// `None` means that neither is allowed.
    fn prefer_reduce(&self, rule: usize, terminal: SymbolId) -> Result<Option<bool>, String> {
        let rule_level = self.rules[rule].precedence.and_then(|s| self.precedence.get(&s));
        let (Some(&(rule_level, _)), Some(&(level, associativity))) =
            (rule_level, self.precedence.get(&terminal))
        else {
            return Err(format!("conflict between rule {rule} and terminal {terminal}"));
        };
        Ok(if rule_level != level {
            Some(rule_level > level)
        } else {
            match associativity {
                Associativity::Left => Some(true),
                Associativity::Right => Some(false),
                Associativity::None => None,
            }
        })
    }

    pub(crate) fn tables(&self) -> Result<Tables, String> {
        let automaton = self.automaton();
        let lookaheads = self.lookaheads(&automaton);
        let mut tables = Tables { actions: Vec::new(), gotos: Vec::new(), expected: Vec::new() };
        for (edges, reductions) in automaton.edges.iter().zip(lookaheads) {
            let (actions, expected) = self.row(edges, reductions)?;
            tables.actions.push(actions);
            tables.expected.push(expected);
            tables
                .gotos
                .push((self.terminals..self.symbols).map(|n| edges.get(&n).copied()).collect());
        }
        Ok(tables)
    }

    fn row(
        &self,
        edges: &BTreeMap<SymbolId, usize>,
        mut reductions: BTreeMap<usize, BTreeSet<SymbolId>>,
    ) -> Result<(Vec<Action>, Vec<SymbolId>), String> {
        let mut row: Vec<Action> = (0..self.terminals)
            .map(|t| edges.get(&t).map_or(Action::Error, |&s| Action::Shift(s)))
            .collect();
        let mut forbidden = BTreeSet::new();
        let mut accept = false;
        for (&rule, set) in &mut reductions {
            if rule == 0 {
                row[0] = Action::Accept;
                accept = true;
                continue;
            }
            for terminal in set.clone() {
                match row[terminal] {
                    Action::Error => row[terminal] = Action::Reduce(rule),
                    Action::Shift(_) => match self.prefer_reduce(rule, terminal)? {
                        Some(true) => row[terminal] = Action::Reduce(rule),
                        Some(false) => {
                            set.remove(&terminal);
                        }
                        None => {
                            row[terminal] = Action::Error;
                            forbidden.insert(terminal);
                            set.remove(&terminal);
                        }
                    },
                    _ => return Err(format!("rules conflict: {rule} and {:?}", row[terminal])),
                }
            }
        }
        let mut default = None;
        for (&rule, set) in reductions.iter().filter(|_| !accept) {
            if default.is_none_or(|(_, size)| set.len() > size) {
                default = Some((rule, set.len()));
            }
        }
        let default = default.map_or(Action::Error, |(rule, _)| Action::Reduce(rule));
        let expected =
            (0..self.terminals).filter(|&t| row[t] != Action::Error && row[t] != default);
        let expected = expected.collect();
        for (terminal, action) in row.iter_mut().enumerate() {
            if *action == Action::Error && !forbidden.contains(&terminal) {
                *action = default;
            }
        }
        Ok((row, expected))
    }
}
