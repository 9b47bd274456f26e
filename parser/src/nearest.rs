//! Which name somebody may have meant.

/// The name that is nearest to `name`, if any is near enough to be a slip.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = match name.chars().count() {
        // With one letter replaced, nothing of it is left.
        0 | 1 => 0,
        2 => 1,
        3..=5 => 2,
        n => (n / 3).min(4),
    };
    let lower = name.to_lowercase();
    known
        .map(|candidate| {
            // A slip in upper and lower case alone is hardly one.
            let distance = if candidate.to_lowercase() == lower {
                0
            } else {
                distance(name, candidate, limit)
            };
            (distance, candidate)
        })
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The number of insertions, removals, replacements and swaps of neighbours
/// between two names, as far as it is at most `limit`.
fn distance(a: &str, b: &str, limit: usize) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > limit {
        return limit + 1;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let replaced = above[j] + usize::from(x != y);
            let mut best = replaced.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    fn check(name: &str, expected: Option<&str>) {
        let known = ["autoStart", "path", "hostAddress", "localAddress", "hostAddress6", "tmpfs"];
        assert_eq!(nearest(name, known.into_iter()), expected);
    }

    #[test]
    fn near_names_are_found() {
        check("autostart", Some("autoStart"));
        check("autoStrat", Some("autoStart"));
        check("pth", Some("path"));
        check("hostAdress", Some("hostAddress"));
    }

    #[test]
    fn far_names_are_not() {
        check("services", None);
        check("x", None);
        check("", None);
    }
}
