//! Where the time of a deployment went: what it waited for at each look, and from when to when.
//!
//! The clock is the one of the run, so that no time of AWS has to be brought into line with it;
//! a look comes about every second.

use std::time::Duration;

use super::activity::Activity;

/// After so long without a look it is not known what was waited for, even where both sides of it
/// are the same: something else may have come and gone.
const UNSEEN: Duration = Duration::from_secs(15);

/// What is shorter was seen by one look alone, and counts to what was before it.
const SHORT: Duration = Duration::from_secs(2);

/// A time in which a deployment waited for one thing, counted from when it began to be
/// followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub activity: Activity,
    pub from: Duration,
    pub until: Duration,
}

impl Span {
    /// In whole seconds between whole seconds, so that the parts add up to the whole.
    pub(crate) fn seconds(&self) -> u64 {
        self.until.as_secs() - self.from.as_secs()
    }

    fn length(&self) -> Duration {
        self.until.saturating_sub(self.from)
    }
}

/// Spans without a gap between them, the last of which has not ended.
#[derive(Debug, Default)]
pub(crate) struct Spans(Vec<Span>);

impl Spans {
    /// Takes one look; `at` never goes backwards.
    pub(crate) fn see(&mut self, activity: Activity, at: Duration) {
        let (before, since) =
            self.0.last().map_or((activity, Duration::ZERO), |last| (last.activity, last.until));
        let is_unseen = at.saturating_sub(since) > UNSEEN;
        self.add(if is_unseen { Activity::NotKnown } else { before }, at);
        self.add(activity, at);
    }

    /// A look showed nothing new.
    pub(crate) fn still(&mut self, at: Duration) {
        if let Some(last) = self.0.last() {
            self.see(last.activity, at);
        }
    }

    /// All of them, when nobody looks any more.
    pub(crate) fn finish(mut self, at: Duration) -> Vec<Span> {
        let last = self.0.last().map(|it| (it.activity, it.until));
        let is_seen = |(_, until): &(Activity, Duration)| at.saturating_sub(*until) <= UNSEEN;
        let activity = last.filter(is_seen).map_or(Activity::NotKnown, |(activity, _)| activity);
        self.add(activity, at);
        tidy(self.0)
    }

    /// Goes on with the last one, or begins another where it ends.
    fn add(&mut self, activity: Activity, until: Duration) {
        let from = self.0.last().map_or(Duration::ZERO, |last| last.until);
        let until = until.max(from);
        match self.0.last_mut() {
            Some(last) if last.activity == activity => last.until = until,
            _ => self.0.push(Span { activity, from, until }),
        }
    }
}

/// How long each thing was waited for, all told, in the order in which they came.
pub(crate) fn totals(spans: &[Span]) -> Vec<(Activity, u64)> {
    let mut totals: Vec<(Activity, u64)> = Vec::new();
    for span in spans {
        match totals.iter_mut().find(|(activity, _)| *activity == span.activity) {
            Some((_, seconds)) => *seconds += span.seconds(),
            None => totals.push((span.activity, span.seconds())),
        }
    }
    totals.retain(|(_, seconds)| *seconds > 0);
    totals
}

/// The same and, behind them, the way back until `at`.
pub(crate) fn and_back(mut spans: Vec<Span>, at: Duration) -> Vec<Span> {
    let from = spans.last().map_or(Duration::ZERO, |last| last.until);
    spans.push(Span { activity: Activity::RollingBack, from, until: at.max(from) });
    tidy(spans)
}

/// Without those that are too short to tell; the first one of these counts to what follows.
fn tidy(spans: Vec<Span>) -> Vec<Span> {
    let mut tidied: Vec<Span> = Vec::new();
    for span in spans {
        match tidied.last_mut() {
            Some(last) if last.length() < SHORT => {
                *last = Span { from: last.from, ..span };
            }
            Some(last) if last.activity == span.activity || span.length() < SHORT => {
                last.until = span.until;
            }
            _ => tidied.push(span),
        }
    }
    tidied
}

#[cfg(test)]
mod tests;
