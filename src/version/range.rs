//! A range of versions, spelled as npm spells it: `>=2.3.0`, `^2`, `>=2.3 <3`.

use std::fmt;
use std::str::FromStr;

use semver::{Comparator, Version, VersionReq};

use crate::problem::Problem;

/// A range that some version is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRange {
    /// As written.
    text: String,
    range: VersionReq,
}

impl VersionRange {
    pub fn matches(&self, version: &Version) -> bool {
        self.range.matches(version)
    }

    /// Whether any version is in it. Where one is, one is among those at which a comparator
    /// begins to be met.
    fn can_be_met(&self) -> bool {
        let mut edges = self.range.comparators.iter().flat_map(edges);
        self.range.comparators.is_empty()
            || self.matches(&Version::new(0, 0, 0))
            || edges.any(|version| self.matches(&version))
    }
}

fn edges(comparator: &Comparator) -> [Version; 5] {
    let Comparator { major, minor, patch, pre, .. } = comparator;
    let (major, minor, patch) = (*major, minor.unwrap_or(0), patch.unwrap_or(0));
    let after = u64::saturating_add;
    [
        Version { pre: pre.clone(), ..Version::new(major, minor, patch) },
        Version::new(major, minor, patch),
        Version::new(major, minor, after(patch, 1)),
        Version::new(major, after(minor, 1), 0),
        Version::new(after(major, 1), 0, 0),
    ]
}

impl FromStr for VersionRange {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        const EXAMPLES: &str = "Write one such as >=2.3.0, ^2 or >=2.3 <3";
        if text.contains("||") {
            let message = format!("{text:?} contains `||`, but only one range is accepted");
            return Err(Problem::new(message).hint(EXAMPLES));
        }
        if text.contains(" - ") {
            let message = format!("{text:?} is a hyphen range, which is not accepted");
            return Err(Problem::new(message).hint("Write it as >=1.2.0 <=2.3.4"));
        }
        let range = VersionReq::parse(&with_commas(text)).map_err(|error| {
            Problem::new(format!("{text:?} is not a range of versions: {error}")).hint(EXAMPLES)
        })?;
        let range = Self { text: text.to_owned(), range };
        if range.can_be_met() {
            return Ok(range);
        }
        Err(Problem::new(format!("no version is in the range {text:?}")))
    }
}

/// As the crate `semver` spells it, as cargo does: commas between comparators, and `=`
/// where npm means exactly this version.
fn with_commas(text: &str) -> String {
    let mut spelled = String::new();
    for word in text.split([' ', ',']).filter(|word| !word.is_empty()) {
        let is_behind_its_operator = spelled.ends_with(['<', '>', '=', '^', '~']);
        if !spelled.is_empty() && !is_behind_its_operator {
            spelled.push_str(", ");
        }
        if word.starts_with(|c: char| c.is_ascii_digit()) && !is_behind_its_operator {
            spelled.push('=');
        }
        spelled.push_str(word);
    }
    spelled
}

impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_range_means_what_it_means_to_npm() {
        for (range, inside, outside) in [
            (">=2.3.0", &["2.3.0", "3.0.0"][..], &["2.2.9", "2.3.0-rc.1"][..]),
            ("^2", &["2.0.0", "2.9.1"], &["1.9.9", "3.0.0"]),
            ("^0.2.3", &["0.2.4"], &["0.3.0"]),
            ("~2.3", &["2.3.9"], &["2.4.0"]),
            (">=2.3 <3", &["2.3.0", "2.99.0"], &["3.0.0", "2.2.0"]),
            (">= 2.3 < 3", &["2.3.0"], &["3.0.0"]),
            (">=2.3, <3", &["2.3.0"], &["3.0.0"]),
            ("2.3.0", &["2.3.0"], &["2.3.1"]),
            ("2.3", &["2.3.1"], &["2.4.0"]),
            ("2.x", &["2.4.0"], &["3.0.0"]),
            ("*", &["0.0.0"], &[]),
            (">2.3", &["2.4.0"], &["2.3.1"]),
            (">=2.3.0-rc.1 <2.3.0", &["2.3.0-rc.1"], &["2.3.0"]),
        ] {
            let parsed: VersionRange = range.parse().expect("a range");
            assert_eq!(parsed.to_string(), range);
            let meets = |text: &&str| parsed.matches(&Version::parse(text).expect("a version"));
            assert!(inside.iter().all(meets), "{range}");
            assert!(!outside.iter().any(meets), "{range}");
        }
    }

    #[test]
    fn what_is_no_range_is_a_problem_that_says_why() {
        for (range, why) in [
            ("^1 || ^2", "\"^1 || ^2\" contains `||`, but only one range is accepted"),
            ("1.2.0 - 2.3.4", "\"1.2.0 - 2.3.4\" is a hyphen range, which is not accepted"),
            (">2 <1", "no version is in the range \">2 <1\""),
            ("<0.0.0", "no version is in the range \"<0.0.0\""),
            (
                "latest",
                "\"latest\" is not a range of versions: unexpected character 'l' while parsing major version number",
            ),
        ] {
            assert_eq!(range.parse::<VersionRange>().expect_err("no range").message, why);
        }
    }

    proptest! {
        #[test]
        fn a_range_is_refused_only_where_no_version_is_in_it(
            range in "(>=|<=|>|<|=|\\^|~)[0-2](\\.[0-2](\\.[0-2])?)? (>=|<=|>|<|=|\\^|~)[0-2](\\.[0-2](\\.[0-2])?)?",
        ) {
            let required = VersionReq::parse(&with_commas(&range)).expect("a range");
            let all = (0..4 * 4 * 4).map(|n| Version::new(n / 16, n / 4 % 4, n % 4));
            let is_met = all.into_iter().any(|version| required.matches(&version));
            prop_assert_eq!(range.parse::<VersionRange>().is_ok(), is_met, "{}", range);
        }
    }
}
