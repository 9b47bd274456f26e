//! Times as systemd reads them (`systemd.time(7)`).

/// The units, with how many microseconds each has.
const UNITS: [(&str, u64); 29] = [
    ("seconds", 1_000_000),
    ("second", 1_000_000),
    ("sec", 1_000_000),
    ("s", 1_000_000),
    ("minutes", 60_000_000),
    ("minute", 60_000_000),
    ("min", 60_000_000),
    ("months", 2_629_800_000_000),
    ("month", 2_629_800_000_000),
    ("M", 2_629_800_000_000),
    ("msec", 1_000),
    ("ms", 1_000),
    ("m", 60_000_000),
    ("hours", 3_600_000_000),
    ("hour", 3_600_000_000),
    ("hr", 3_600_000_000),
    ("h", 3_600_000_000),
    ("days", 86_400_000_000),
    ("day", 86_400_000_000),
    ("d", 86_400_000_000),
    ("weeks", 604_800_000_000),
    ("week", 604_800_000_000),
    ("w", 604_800_000_000),
    ("years", 31_557_600_000_000),
    ("year", 31_557_600_000_000),
    ("y", 31_557_600_000_000),
    ("usec", 1),
    ("us", 1),
    ("µs", 1),
];

/// Whether systemd can read a time for a unit: numbers, each with a unit or
/// in seconds, or `infinity`.
pub(super) fn is_timespan(text: &str) -> bool {
    let text = text.replace('μ', "µ");
    let mut rest = text.trim_matches([' ', '\t', '\n', '\r']);
    if rest == "infinity" {
        return true;
    }
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let Some(after) = part(rest) else { return false };
        rest = after.trim_start_matches([' ', '\t', '\n', '\r']);
    }
    true
}

/// Reads one number and its unit; what is behind it.
fn part(text: &str) -> Option<&str> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, mut rest) = text.split_at(digits);
    if let Some(fraction) = rest.strip_prefix('.') {
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return None;
        }
        rest = &fraction[digits..];
        if rest.starts_with(['.', '+', '-']) {
            return None;
        }
    } else if digits == 0 {
        return None;
    }
    let number: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let unit = rest.trim_start_matches([' ', '\t', '\n', '\r']);
    let (size, rest) = match UNITS.iter().find(|(name, _)| unit.starts_with(name)) {
        Some((name, size)) => (*size, &unit[name.len()..]),
        None => (1_000_000, rest),
    };
    number.checked_mul(size)?;
    // Directly behind a number there is its unit, or nothing.
    let next = rest.chars().next();
    next.is_none_or(|c| c.is_ascii_digit() || c.is_ascii_whitespace() || c == '.' || c == '+')
        .then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::is_timespan;

    /// As `systemd-analyze verify` of systemd 252 has it for `TimeoutStartSec=`.
    #[test]
    fn times_are_read_as_systemd_reads_them() {
        let good = [
            "1min",
            "5min 20s",
            "infinity",
            "90",
            "5m",
            "2h30min",
            "1y",
            "3 weeks",
            "1.5h",
            "0",
            "5 min",
            " 5s ",
            "5s5",
            "5 6",
            ".5s",
            "1us",
            "1µs",
            "1μs",
            "1M",
            "1months",
            "1month",
            "2hr",
            "1hour",
            "3hours",
            "3w",
            "1d",
            "1day",
            "1days",
            "1week",
            "1minutes",
            "1second",
            "1sec",
            "1msec",
            "1usec",
            "+5",
            "1year",
            "1 000",
            "5s 3",
            "1min5",
            "infinity ",
            " infinity",
            "1h 1h",
            "1m1M",
        ];
        let bad = [
            "5x",
            "",
            "-5",
            "1min,2s",
            "5.",
            "1nsec",
            "1ns",
            "1Min",
            "infinity 5",
            "5e3",
            "99999999999999999999",
            "inf",
            "5.5.5s",
            "6mo",
        ];
        for text in good {
            assert!(is_timespan(text), "{text}");
        }
        for text in bad {
            assert!(!is_timespan(text), "{text}");
        }
    }
}
