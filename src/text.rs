//! Text that is shown in one line, and cut where it would be too long.
//!
//! What a text could mean to the runner or to Markdown is not this module's business:
//! the code that prints it escapes it.

use std::time::Duration;

use rapidfuzz::distance::damerau_levenshtein::{Args, distance_with_args};

/// `12:05` for twelve minutes and five seconds.
pub(crate) fn clock(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    format!("{:>2}:{:02}", seconds / 60, seconds % 60)
}

/// `4 m 12 s`, in whole seconds.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    if parts.is_empty() { "under 1 s".to_owned() } else { parts.join(" ") }
}

/// At most `longest` characters of `text`; the last is `…` where there were more.
pub(crate) fn cut(text: &str, longest: usize) -> String {
    if text.chars().nth(longest).is_none() {
        return text.to_owned();
    }
    text.chars().take(longest.saturating_sub(1)).chain(['…']).collect()
}

/// The one of `candidates` that was probably meant by `text`: of it, at most as many
/// characters are different as `most` allows.
pub(crate) fn nearest<'a>(
    text: &str,
    candidates: impl Iterator<Item = &'a str>,
    most: impl Fn(&str) -> usize,
) -> Option<&'a str> {
    candidates
        .filter_map(|candidate| {
            let most = Args::default().score_cutoff(most(candidate));
            Some((distance_with_args(text.chars(), candidate.chars(), &most)?, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The one of `candidates` that was probably meant by `text`, of which at most a third is
/// different.
pub(crate) fn meant<'a>(text: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    nearest(&text.to_lowercase(), candidates, |candidate| (candidate.len() / 3).max(1))
}

/// Each line break becomes a space.
pub(crate) fn one_line(text: &str) -> String {
    text.replace(['\r', '\n'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_text_is_no_longer_than_was_allowed() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
        assert_eq!(one_line("a\r\nb"), "a  b");
    }
}
