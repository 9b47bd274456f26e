//! Which of the things that use each other are used in the end.

/// What uses what; things are numbered in the order of the text.
#[derive(Default)]
pub(super) struct Uses {
    /// What each thing uses.
    uses: Vec<Vec<u32>>,
    /// What is used whatever else is.
    roots: Vec<u32>,
}

/// What nothing uses.
pub(super) struct Dead {
    pub(super) item: u32,
    /// Whether not even something unused uses it.
    pub(super) alone: bool,
}

impl Uses {
    pub(super) fn add(&mut self) -> u32 {
        self.uses.push(Vec::new());
        self.uses.len() as u32 - 1
    }

    /// `user` is `None` for what is evaluated in any case.
    pub(super) fn note(&mut self, user: Option<u32>, used: u32) {
        match user {
            Some(user) => self.uses[user as usize].push(used),
            None => self.roots.push(used),
        }
    }

    /// What is unused and is not so only because its users are. What is not
    /// `told` only stands between others.
    pub(super) fn dead(&self, told: impl Fn(u32) -> bool) -> Vec<Dead> {
        let mut known = vec![false; self.uses.len()];
        for &root in &self.roots {
            self.spread(root, &mut known);
        }
        let users = self.users(&mut known, told);
        let mut dead = Vec::new();
        // First what nobody names; then one of each ring of those that name
        // each other.
        for alone in [true, false] {
            for (item, &users) in users.iter().enumerate() {
                if !known[item] && (users == 0) == alone {
                    dead.push(Dead { item: item as u32, alone });
                    self.spread(item as u32, &mut known);
                }
            }
        }
        dead.sort_by_key(|dead| dead.item);
        dead
    }

    /// How many others use each thing. What is not told and nobody uses does
    /// not count, and is done with.
    fn users(&self, known: &mut [bool], told: impl Fn(u32) -> bool) -> Vec<u32> {
        let mut users = vec![0_u32; self.uses.len()];
        let others =
            |user: usize| self.uses[user].iter().filter(move |&&used| used as usize != user);
        for user in 0..self.uses.len() {
            others(user).for_each(|&used| users[used as usize] += 1);
        }
        let idle = |item: u32, users: &[u32], known: &[bool]| {
            !known[item as usize] && users[item as usize] == 0 && !told(item)
        };
        let all = 0..self.uses.len() as u32;
        let mut waiting: Vec<u32> = all.filter(|&item| idle(item, &users, known)).collect();
        while let Some(item) = waiting.pop() {
            known[item as usize] = true;
            for &used in others(item as usize) {
                users[used as usize] -= 1;
                if idle(used, &users, known) {
                    waiting.push(used);
                }
            }
        }
        users
    }

    /// Marks a thing and all that it uses.
    fn spread(&self, from: u32, known: &mut [bool]) {
        let mut waiting = vec![from];
        while let Some(item) = waiting.pop() {
            if !std::mem::replace(&mut known[item as usize], true) {
                waiting.extend(&self.uses[item as usize]);
            }
        }
    }
}
