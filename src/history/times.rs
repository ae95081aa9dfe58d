//! How long a deployment will probably take: as long as those did that went well.

use std::fmt;
use std::time::Duration;

use super::entry::Entry;
use super::service_history::History;
use crate::text::clock;

/// So many of the newest are looked at.
const NEWEST: usize = 5;

/// How long the last deployments took that succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Times {
    /// How many they are; at least one.
    pub count: usize,
    pub shortest: Duration,
    /// Of an even number the longer one of the two in the middle.
    pub median: Duration,
    pub longest: Duration,
}

impl History {
    /// `None` where none is on record.
    pub(crate) fn times(&self) -> Option<Times> {
        Times::of(self.entries().filter_map(Entry::took).take(NEWEST).collect())
    }
}

impl Times {
    fn of(mut took: Vec<Duration>) -> Option<Self> {
        took.sort_unstable();
        Some(Self {
            count: took.len(),
            shortest: *took.first()?,
            median: *took.get(took.len() / 2)?,
            longest: *took.last()?,
        })
    }
}

/// `about 2 min (the last 5 took 1:40 to 2:31)`.
impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clock = |took| clock(took).trim_start().to_owned();
        let seconds = self.median.as_secs();
        match seconds {
            0..90 => write!(f, "about {} s", seconds.max(5).div_ceil(5) * 5)?,
            _ => write!(f, "about {} min", (seconds + 30) / 60)?,
        }
        match (clock(self.shortest), clock(self.longest)) {
            (took, _) if self.count == 1 => write!(f, " (the last one took {took})"),
            (shortest, longest) if shortest == longest => {
                write!(f, " (the last {} took {shortest} each)", self.count)
            }
            (shortest, longest) => {
                write!(f, " (the last {} took {shortest} to {longest})", self.count)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::tests::Story;

    #[test]
    fn what_failed_or_started_no_task_tells_no_time() {
        let times = |line: &str| Story::of(line).history().times();
        assert_eq!(times("A1 B2. C3! D4* E5").map(|it| it.count), Some(2));
        assert_eq!(times("(A1) B2. C3!"), None);
    }

    #[test]
    fn the_median_is_told_in_round_numbers_and_the_range_to_the_second() {
        for (took, expected) in [
            (&[118][..], "about 2 min (the last one took 1:58)"),
            (&[100, 151, 118, 121, 110], "about 2 min (the last 5 took 1:40 to 2:31)"),
            (&[3, 4], "about 5 s (the last 2 took 0:03 to 0:04)"),
            (&[41, 41], "about 45 s (the last 2 took 0:41 each)"),
            (&[4_000, 89], "about 67 min (the last 2 took 1:29 to 66:40)"),
        ] {
            let took = took.iter().map(|it| Duration::from_secs(*it)).collect();
            let times = Times::of(took).expect("there are some");
            assert_eq!(times.to_string(), expected);
        }
        assert_eq!(Times::of(Vec::new()), None);
    }
}
