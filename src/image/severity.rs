//! How bad a finding of an image scan is, and whether there are too bad ones.

use std::collections::BTreeMap;
use std::fmt;

/// A severity of ECR's, from the least to the worst
/// (ECR `DescribeImageScanFindings`, member `findingSeverityCounts`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Informational,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    /// All of them, the worst first, by their names.
    pub const ALL: [(&str, Self); 5] = [
        ("critical", Self::Critical),
        ("high", Self::High),
        ("medium", Self::Medium),
        ("low", Self::Low),
        ("informational", Self::Informational),
    ];

    /// By ECR's name in any case; `None` for `UNDEFINED`, and for what is younger
    /// than this list.
    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, it)| *it)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::ALL.iter().find(|(_, it)| it == self).map_or("", |(name, _)| name);
        f.write_str(name)
    }
}

/// What a scan found, by ECR's names for severities.
pub(crate) type Findings = BTreeMap<String, u64>;

/// How many findings are as bad as `limit` or worse, in words; `None` where there
/// are none. A severity that is not known counts: it may be a worse one.
pub(crate) fn too_bad(findings: &Findings, limit: Severity) -> Option<String> {
    let mut found: Vec<(Option<Severity>, &str, u64)> = findings
        .iter()
        .filter(|(_, count)| **count > 0)
        // Neither Inspector nor Clair could rate these.
        .filter(|(name, _)| !["UNDEFINED", "UNTRIAGED"].contains(&name.as_str()))
        .map(|(name, count)| (Severity::named(name), name.as_str(), *count))
        .filter(|(severity, ..)| severity.is_none_or(|severity| severity >= limit))
        .collect();
    found.sort_by_key(|(severity, ..)| std::cmp::Reverse(*severity));
    let words: Vec<String> =
        found.iter().map(|(_, name, count)| format!("{count} {}", name.to_lowercase())).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(counts: &[(&str, u64)]) -> Findings {
        counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }

    #[test]
    fn what_is_as_bad_as_the_limit_or_worse_counts_the_worst_first() {
        let found = findings(&[("HIGH", 2), ("CRITICAL", 1), ("LOW", 9), ("UNDEFINED", 7)]);
        for (limit, expected) in [
            (Severity::Critical, Some("1 critical")),
            (Severity::High, Some("1 critical, 2 high")),
            (Severity::Low, Some("1 critical, 2 high, 9 low")),
        ] {
            assert_eq!(too_bad(&found, limit).as_deref(), expected);
        }
        assert_eq!(too_bad(&findings(&[("MEDIUM", 3), ("CRITICAL", 0)]), Severity::High), None);
    }

    #[test]
    fn a_severity_that_nobody_knows_yet_is_not_let_through() {
        let found = findings(&[("CATASTROPHIC", 1)]);
        assert_eq!(too_bad(&found, Severity::Critical).as_deref(), Some("1 catastrophic"));
    }
}
