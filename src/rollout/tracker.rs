//! A fold over snapshots: what is new, and whether it is over.

use std::collections::HashSet;
use std::time::Duration;

use super::snapshot::{Phase, Snapshot, Successor};

/// How long ECS may take from "failed" to "rolling back" in the classic view
/// before the failure is taken for the end: without a completed deployment to
/// return to it never begins.
const ROLLBACK_BEGINS_WITHIN: Duration = Duration::from_secs(60);

/// How long after the update an answer may be older than it. What is seen by
/// then without a word of the deployment is what was there before.
const SHOWN_WITHIN: Duration = Duration::from_secs(30);

/// How a deployment ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It succeeded, by ECS's own word for this very deployment.
    Succeeded,
    /// It failed, and ECS has returned to what ran before.
    RolledBack {
        /// Why, in ECS's words.
        reason: Option<String>,
    },
    /// It failed, and so did ECS's way back.
    RollbackFailed {
        /// Why, in ECS's words.
        reason: Option<String>,
    },
    /// It failed, and ECS leaves it at that.
    Failed {
        /// Why, in ECS's words.
        reason: Option<String>,
    },
    /// Another deployment took its place.
    Superseded(Successor),
    /// The service itself is going, in this state.
    Gone {
        /// `DRAINING`, `INACTIVE` or `MISSING`.
        status: String,
    },
}

/// What one snapshot brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Lines for the log, oldest first; untrusted text.
    pub news: Vec<String>,
    /// The end, once it is known.
    pub end: Option<End>,
}

/// Remembers what was seen of one deployment.
#[derive(Debug, Default)]
pub struct Tracker {
    last_line: Option<String>,
    seen_events: HashSet<String>,
    was_named: bool,
    failing_since: Option<Duration>,
    stopped_once: bool,
}

impl Tracker {
    /// Takes one snapshot; `elapsed` is the time since the deployment began to
    /// be followed and never goes backwards.
    pub fn observe(&mut self, snapshot: &Snapshot, elapsed: Duration) -> Observation {
        let mut news: Vec<String> = Vec::new();
        for event in &snapshot.events {
            if self.seen_events.insert(event.id.clone()) {
                news.push(event.message.clone());
            }
        }
        self.was_named |= snapshot.is_named;
        let is_gone = matches!(snapshot.phase, Phase::Gone(_));
        let phase = if self.was_named || is_gone || elapsed >= SHOWN_WITHIN {
            &snapshot.phase
        } else {
            &Phase::Starting
        };
        let line = line(phase, snapshot);
        if self.last_line.as_ref() != Some(&line) {
            news.push(line.clone());
            self.last_line = Some(line);
        }
        Observation { news, end: self.end(phase, snapshot.reason.clone(), elapsed) }
    }

    fn end(&mut self, phase: &Phase, reason: Option<String>, elapsed: Duration) -> Option<End> {
        let was_stopped = std::mem::replace(&mut self.stopped_once, *phase == Phase::Stopped);
        if *phase != Phase::Failing {
            self.failing_since = None;
        }
        match phase {
            Phase::Starting | Phase::InProgress(_) | Phase::RollingBack => None,
            Phase::Failing => {
                let since = *self.failing_since.get_or_insert(elapsed);
                (elapsed.saturating_sub(since) >= ROLLBACK_BEGINS_WITHIN)
                    .then_some(End::Failed { reason })
            }
            // The second look is certain to be younger than the stop.
            Phase::Stopped => was_stopped.then_some(End::Failed { reason }),
            Phase::Succeeded => Some(End::Succeeded),
            Phase::RolledBack => Some(End::RolledBack { reason }),
            Phase::RollbackFailed => Some(End::RollbackFailed { reason }),
            Phase::Failed => Some(End::Failed { reason }),
            Phase::Superseded(by) => Some(End::Superseded(by.clone())),
            Phase::Gone(status) => Some(End::Gone { status: status.clone() }),
        }
    }
}

fn line(phase: &Phase, snapshot: &Snapshot) -> String {
    let phase = match phase {
        Phase::Starting => "accepted".to_owned(),
        Phase::InProgress(state) => state.to_ascii_lowercase().replace('_', " "),
        Phase::RollingBack => "rolling back".to_owned(),
        Phase::Failing => "failed, the rollback has not begun".to_owned(),
        Phase::Succeeded => "successful".to_owned(),
        Phase::RolledBack => "rolled back".to_owned(),
        Phase::RollbackFailed => "the rollback failed".to_owned(),
        Phase::Failed => "failed".to_owned(),
        Phase::Stopped => "stopped".to_owned(),
        Phase::Superseded(_) => "superseded by another deployment".to_owned(),
        Phase::Gone(status) => format!("the service is {status}"),
    };
    let counts = snapshot.counts;
    let mut line = format!("{phase}: {} of {} tasks run", counts.running, counts.desired);
    if counts.pending > 0 {
        line.push_str(&format!(", {} starting", counts.pending));
    }
    match snapshot.breaker {
        Some(breaker) if breaker.failures > 0 => {
            line.push_str(&format!(", {} of {} failures", breaker.failures, breaker.threshold));
        }
        _ if counts.failed > 0 => line.push_str(&format!(", {} failed", counts.failed)),
        _ => {}
    }
    if let Some(stage) = &snapshot.stage {
        line.push_str(&format!(", stage {stage}"));
    }
    if let Some(traffic) = snapshot.traffic.filter(|_| snapshot.stage.is_some()) {
        line.push_str(&format!(", {traffic} % of traffic"));
    }
    line
}
