//! Limits of a unit: from the text of a unit file to the property that systemd takes
//! over D-Bus.
//!
//! The texts are read as systemd reads them (`parse_size`, `parse_permyriad` and
//! `cg_weight_parse` in its sources), the properties are those that `systemctl
//! set-property` sets (`bus-unit-util.c` there).

use crate::HostError;

/// What stands for no limit, and for a weight that is not set.
const UNLIMITED: u64 = u64::MAX;
/// Microseconds of a second.
const SECOND: u64 = 1_000_000;

/// A property of a unit, ready to be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) value: Number,
}

/// A number with the type that D-Bus wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    U32(u32),
    U64(u64),
    /// What the manager gives to units that say nothing (`DefaultTasksMax`).
    DefaultTasks,
}

/// Reads `MemoryMax=`, `CPUQuota=` and so on; an empty value takes the limit away.
pub(super) fn parse(setting: &str, value: &str) -> Result<Property, HostError> {
    let value = value.trim();
    let property = match setting {
        "CPUQuota" => quota(value).map(|value| ("CPUQuotaPerSecUSec", Number::U64(value))),
        "CPUWeight" => weight(value, true).map(|value| ("CPUWeight", Number::U64(value))),
        "IOWeight" => weight(value, false).map(|value| ("IOWeight", Number::U64(value))),
        "MemoryHigh" => amount(value, 1, ["MemoryHigh", "MemoryHighScale"]),
        "MemoryMax" => amount(value, 1, ["MemoryMax", "MemoryMaxScale"]),
        "MemorySwapMax" => amount(value, 0, ["MemorySwapMax", "MemorySwapMaxScale"]),
        "TasksMax" if value.is_empty() => Ok(("TasksMax", Number::DefaultTasks)),
        "TasksMax" => amount(value, 1, ["TasksMax", "TasksMaxScale"]),
        _ => Err("this setting can not be changed while the unit runs".into()),
    };
    property.map(|(name, value)| Property { name, value }).map_err(|reason| HostError::BadSetting {
        setting: setting.into(),
        value: value.into(),
        reason,
    })
}

type Parsed<T> = Result<T, String>;

/// A size, or a percentage, which is a property of its own.
fn amount(
    value: &str,
    least: u64,
    [absolute, relative]: [&'static str; 2],
) -> Parsed<(&'static str, Number)> {
    if let Some(percent) = value.strip_suffix('%') {
        let permyriad = permyriad(percent)?;
        if permyriad > 10_000 || permyriad < least {
            return Err("a percentage from more than 0 to 100 is wanted".into());
        }
        // As systemd's UINT32_SCALE_FROM_PERMYRIAD.
        let scaled = (permyriad * u64::from(u32::MAX) + 5_000) / 10_000;
        let scaled = u32::try_from(scaled).map_err(|error| error.to_string())?;
        return Ok((relative, Number::U32(scaled)));
    }
    let bytes = match value {
        "" | "infinity" => UNLIMITED,
        // A number of tasks has no unit, or so the manual says: systemd takes one.
        size => self::size(size)?,
    };
    if bytes < least {
        return Err("it has to be more than 0".into());
    }
    Ok((absolute, Number::U64(bytes)))
}

/// Of a second, in microseconds.
fn quota(value: &str) -> Parsed<u64> {
    if value.is_empty() {
        return Ok(UNLIMITED);
    }
    let percent = value.strip_suffix('%').ok_or("a percentage is wanted, such as 50%")?;
    match permyriad(percent)? {
        0 => Err("it has to be more than 0 %".into()),
        permyriad => permyriad
            .checked_mul(SECOND)
            .map(|product| product / 10_000)
            .ok_or_else(|| "it is too large".to_owned()),
    }
}

fn weight(value: &str, has_idle: bool) -> Parsed<u64> {
    match value {
        "" => Ok(UNLIMITED),
        "idle" if has_idle => Ok(0),
        number => number
            .parse()
            .ok()
            .filter(|weight| (1..=10_000).contains(weight))
            .ok_or_else(|| "a number from 1 to 10000 is wanted".to_owned()),
    }
}

/// Hundredths of a percent, of a percentage with at most two decimals.
fn permyriad(percent: &str) -> Parsed<u64> {
    let wrong = || "a percentage with at most two decimals is wanted, such as 12.5%".to_owned();
    let (whole, decimals) = percent.split_once('.').unwrap_or((percent, "00"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(decimals) || decimals.len() > 2 {
        return Err(wrong());
    }
    let hundredths: u64 = format!("{decimals:0<2}").parse().map_err(|_| wrong())?;
    let whole: u64 = whole.parse().map_err(|_| wrong())?;
    whole.checked_mul(100).and_then(|whole| whole.checked_add(hundredths)).ok_or_else(wrong)
}

/// The units of sizes; each may stand once, the larger before the smaller.
const UNITS: [(&str, u32); 8] =
    [("E", 60), ("P", 50), ("T", 40), ("G", 30), ("M", 20), ("K", 10), ("B", 0), ("", 0)];

/// A number of bytes: `512M`, `1.5G`, `1G 500M`.
fn size(text: &str) -> Parsed<u64> {
    let wrong = || "a size is wanted, such as 512M, 1.5G, 50% or infinity".to_owned();
    let mut rest = text;
    let mut units = UNITS.as_slice();
    let mut sum = 0_u64;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(end);
        let tail = tail.trim_start();
        let at = units.iter().position(|(unit, _)| tail.starts_with(unit)).ok_or_else(wrong)?;
        let (unit, shift) = units[at];
        let part = scaled(number, shift).ok_or_else(wrong)?;
        sum = sum.checked_add(part).ok_or_else(wrong)?;
        units = &units[at + 1..];
        rest = tail[unit.len()..].trim_start();
    }
    if text.is_empty() { Err(wrong()) } else { Ok(sum) }
}

/// A decimal number times a power of two, rounded down.
fn scaled(number: &str, shift: u32) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole: u64 = whole.parse().ok()?;
    let whole = u128::from(whole) << shift;
    let mut part = 0_u128;
    if !fraction.is_empty() {
        // More digits than these are less than a byte.
        let digits = fraction.get(..fraction.len().min(18))?;
        let value: u128 = digits.parse().ok()?;
        part = (value << shift) / 10_u128.pow(u32::try_from(digits.len()).ok()?);
    }
    u64::try_from(whole + part).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(setting: &str, value: &str, name: &'static str, number: Number) {
        let parsed = parse(setting, value).unwrap();
        assert_eq!(parsed, Property { name, value: number }, "{setting}={value}");
    }

    // Most of these are also tried on a systemd, in `tests/systemd.rs` beside this.
    #[test]
    fn sizes_are_read_as_systemd_reads_them() {
        for (text, bytes) in [
            ("1048576", 1_048_576),
            ("100M", 104_857_600),
            ("1.5G", 1_610_612_736),
            ("1G 500M", 1_598_029_824),
            ("2T", 2_199_023_255_552),
            ("infinity", u64::MAX),
            ("", u64::MAX),
        ] {
            check("MemoryMax", text, "MemoryMax", Number::U64(bytes));
        }
        check("MemorySwapMax", "0", "MemorySwapMax", Number::U64(0));
        check("MemoryHigh", "50%", "MemoryHighScale", Number::U32(2_147_483_648));
        check("MemoryMax", "100%", "MemoryMaxScale", Number::U32(u32::MAX));
    }

    #[test]
    fn shares_and_weights() {
        check("CPUQuota", "50%", "CPUQuotaPerSecUSec", Number::U64(500_000));
        check("CPUQuota", "250%", "CPUQuotaPerSecUSec", Number::U64(2_500_000));
        check("CPUQuota", "12.5%", "CPUQuotaPerSecUSec", Number::U64(125_000));
        check("CPUQuota", "", "CPUQuotaPerSecUSec", Number::U64(u64::MAX));
        check("CPUWeight", "idle", "CPUWeight", Number::U64(0));
        check("IOWeight", "100", "IOWeight", Number::U64(100));
        check("TasksMax", "100", "TasksMax", Number::U64(100));
        check("TasksMax", "", "TasksMax", Number::DefaultTasks);
        check("TasksMax", "25%", "TasksMaxScale", Number::U32(1_073_741_824));
    }

    #[test]
    fn what_systemd_refuses_is_refused() {
        for (setting, value) in [
            ("MemoryMax", "0"),
            ("MemoryMax", "lots"),
            ("MemoryMax", "-1"),
            ("MemoryMax", "1M1G"),
            ("MemoryMax", "101%"),
            ("MemoryMax", "1é"),
            ("MemoryMax", "99999999999E"),
            ("MemoryMax", "."),
            ("CPUQuota", "50"),
            ("CPUQuota", "0%"),
            ("CPUQuota", "99999999999999999999%"),
            ("CPUWeight", "0"),
            ("CPUWeight", "10001"),
            ("IOWeight", "idle"),
            ("ExecStart", "/bin/sh"),
        ] {
            assert!(parse(setting, value).is_err(), "{setting}={value}");
        }
    }
}
