//! One spelling for every number, so that numbers can be compared by value, and the
//! units that ECS takes with one.

use serde_json::Number;

/// Exponents up to here are written out as zeros: that reads better in a diff.
const WRITTEN_OUT: i64 = 20;

/// The same number in its plainest spelling: `1.00`, `1e0` and `10e-1` become
/// `1`. Exact at any length, unlike a detour over `f64`. A number whose exponent
/// doesn't fit 64 bits stays as it is.
pub(super) fn canonical(number: &Number) -> Number {
    respell(&number.to_string())
        .and_then(|spelling| spelling.parse().ok())
        .unwrap_or_else(|| number.clone())
}

/// How many CPU units `0.5 vCPU` are, or how many MiB `2 GB`: both are counted in
/// 1024ths. `unit` is in lower case; `None` where it is not there, or where no whole
/// number comes of it.
pub(super) fn in_1024ths(text: &str, unit: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let amount: f64 = lower.strip_suffix(unit)?.trim().parse().ok()?;
    let units = amount * 1024.0;
    if units.fract() == 0.0 { format!("{units:.0}").parse().ok() } else { None }
}

/// What can be the number of a port.
pub(super) const PORTS: std::ops::RangeInclusive<i64> = 1..=65_535;

/// The first and the last port of `8000-8010`, which are not the same.
pub(super) fn port_range(range: &str) -> Option<(i64, i64)> {
    let (first, last) = range.split_once('-')?;
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (PORTS.contains(&first) && PORTS.contains(&last) && first < last).then_some((first, last))
}

fn respell(spelling: &str) -> Option<String> {
    let (sign, unsigned) = match spelling.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", spelling),
    };
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = format!("{whole}{fraction}");
    let without_tail = all_digits.trim_end_matches('0');
    let digits = without_tail.trim_start_matches('0');
    if digits.is_empty() {
        return Some("0".to_owned());
    }
    let shift = i64::try_from(all_digits.len() - without_tail.len()).ok()?
        - i64::try_from(fraction.len()).ok()?;
    let exponent = exponent.parse::<i64>().ok()?.checked_add(shift)?;
    Some(match exponent {
        0..=WRITTEN_OUT => {
            let zeros = "0".repeat(usize::try_from(exponent).ok()?);
            format!("{sign}{digits}{zeros}")
        }
        _ => format!("{sign}{digits}e{exponent}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_spelling_whatever_it_was_written_as() {
        let cases = [
            ("1.00", "1"),
            ("1e3", "1000"),
            ("10E-1", "1"),
            ("-0.0", "0"),
            ("1.50", "15e-1"),
            ("0.05e2", "5"),
            ("12345678901234567890123", "12345678901234567890123"),
            ("1e999999999999999999999", "1e+999999999999999999999"),
        ];
        for (written, expected) in cases {
            let number: Number = written.parse().expect("a JSON number");
            let expected: Number = expected.parse().expect("a JSON number");
            assert_eq!(canonical(&number), expected, "{written}");
        }
    }
}
