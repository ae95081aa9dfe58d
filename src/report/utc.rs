//! A point in time as text.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

/// UTC to the second, by RFC 3339; `None` where that has no form for it: before
/// 1970 and after the year 9999.
pub(super) fn utc(at: SystemTime) -> Option<String> {
    // Before 1970 humantime panics; after 9999 it fails.
    at.duration_since(UNIX_EPOCH).ok()?;
    let mut text = String::new();
    write!(text, "{}", humantime::format_rfc3339_seconds(at)).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_a_time_of_four_digit_years_has_a_text() {
        let after = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        for (at, expected) in [
            (UNIX_EPOCH, Some("1970-01-01T00:00:00Z")),
            (after(1_767_225_630), Some("2026-01-01T00:00:30Z")),
            (after(253_402_300_799), Some("9999-12-31T23:59:59Z")),
            (after(253_402_300_800), None),
            (UNIX_EPOCH - Duration::from_secs(1), None),
        ] {
            assert_eq!(utc(at).as_deref(), expected);
        }
    }
}
