//! A fold over snapshots: what is new, and whether it is over.

use std::collections::HashSet;
use std::time::Duration;

use super::snapshot::{PendingApproval, Phase, Snapshot, Successor};
use crate::diagnosis::{Failures, GiveUp};
use crate::problem::{Problem, utc};
use crate::request::WaitUntil;

/// How long ECS may take from "failed" to "rolling back" in the classic view
/// before the failure is taken for the end: without a completed deployment to
/// return to it never begins.
const ROLLBACK_BEGINS_WITHIN: Duration = Duration::from_secs(60);

/// A stop is an end of its own only if it still looks like one so much later: the service's
/// answer may be older than the deployment that replaces this one.
const STOPPED_FOR: Duration = Duration::from_secs(3);

/// How long after the update an answer may be older than it. What is seen by
/// then without a word of the deployment is what was there before.
const SHOWN_WITHIN: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// It succeeded, by ECS's own word for this very deployment.
    Succeeded,
    /// It failed, and ECS has returned to what ran before.
    RolledBack { reason: Option<String> },
    /// It failed, and so did ECS's way back.
    RollbackFailed { reason: Option<String> },
    /// It has not ended, but its tasks keep dying: nothing is to be waited for.
    GivenUp(GiveUp),
    /// It has not ended, but has reached the point until which it was followed.
    Reached,
    /// It failed, and ECS leaves it at that.
    Failed { reason: Option<String> },
    /// Another deployment took its place.
    Superseded(Successor),
    /// The service itself is going, in this state.
    Gone {
        /// `DRAINING`, `INACTIVE` or `MISSING`.
        status: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Observation {
    /// Lines for the log, oldest first; untrusted text.
    pub news: Vec<String>,
    /// What to say when nothing has been new for a while.
    pub still: String,
    /// Somebody is waited for since this look; with the next move.
    pub paused: Option<Problem>,
    /// What does not look after the deployment, said once.
    pub warning: Option<Problem>,
    /// The end, once it is known.
    pub end: Option<End>,
}

/// Remembers what was seen of one deployment. By default it waits for ECS's own
/// word for the end.
#[derive(Debug, Default)]
pub(crate) struct Tracker {
    failures: Option<Failures>,
    until: WaitUntil,
    paused: Option<String>,
    knows_alarms_are_off: bool,
    last_line: Option<String>,
    seen_events: HashSet<String>,
    was_named: bool,
    failing_since: Option<Duration>,
    stopped_since: Option<Duration>,
}

impl Tracker {
    /// Gives a deployment up by this count, before ECS does.
    #[must_use]
    pub(crate) fn giving_up(self, failures: Failures) -> Self {
        Self { failures: Some(failures), ..self }
    }

    /// Takes this for the end, where it comes first.
    #[must_use]
    pub(crate) fn until(self, until: WaitUntil) -> Self {
        Self { until, ..self }
    }

    /// Takes one snapshot; `elapsed` is the time since the deployment began to
    /// be followed and never goes backwards.
    pub(crate) fn observe(&mut self, snapshot: &Snapshot, elapsed: Duration) -> Observation {
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
        let still = if snapshot.waits_for_a_person() {
            format!("waiting for a person at {}", stage_of(snapshot))
        } else {
            line.clone()
        };
        if self.last_line.as_ref() != Some(&line) {
            news.push(line.clone());
            self.last_line = Some(line);
        }
        let paused = self.pause(snapshot);
        let is_news = snapshot.alarms_are_off && !self.knows_alarms_are_off;
        self.knows_alarms_are_off |= snapshot.alarms_are_off;
        let warning = is_news.then(no_alarm_is_watched);
        Observation { news, still, paused, warning, end: self.end(phase, snapshot, elapsed) }
    }

    /// What to say of a hook that waits for a person, once for each hook.
    fn pause(&mut self, snapshot: &Snapshot) -> Option<Problem> {
        let pause = snapshot.pause.as_ref();
        let hook = pause.map(|pause| pause.hook.clone());
        let waits_for = hook.or_else(|| snapshot.gate.as_ref().map(|_| GATE.to_owned()));
        if self.paused == waits_for {
            return None;
        }
        self.paused = waits_for;
        if let Some(gate) = &snapshot.gate {
            return Some(waits_at(gate));
        }
        let pause = pause?;
        let stage = stage_of(snapshot);
        let until = match (pause.expires_at.and_then(utc), &pause.on_timeout) {
            (Some(at), Some(action)) => format!("until {at} (then {action})"),
            _ => "for a time that ECS does not report".to_owned(),
        };
        let problem = Problem::new(format!(
            "the deployment waits for a person at {stage}, {until}: hook {}",
            pause.hook
        ));
        Some(match &snapshot.service_deployment {
            Some(arn) => problem.hint(format!(
                "`aws ecs continue-service-deployment --region {} --service-deployment-arn {arn} --hook-id {} \
                 --action CONTINUE` lets it continue, `--action ROLLBACK` rolls it back.",
                arn.region(),
                pause.hook
            )),
            None => problem,
        })
    }

    fn end(&mut self, phase: &Phase, snapshot: &Snapshot, elapsed: Duration) -> Option<End> {
        let reason = snapshot.reason.clone();
        if *phase != Phase::Stopped {
            self.stopped_since = None;
        }
        if *phase != Phase::Failing {
            self.failing_since = None;
        }
        let tasks = &snapshot.tasks;
        let gives_up = match &mut self.failures {
            Some(failures) => {
                let counted = failures.observe(&tasks.stopped, tasks.healthy.as_deref());
                let logged = tasks.last_words.iter().filter_map(|tail| failures.observe_log(tail));
                counted.or(logged.last())
            }
            None => None,
        };
        match phase {
            // Not while a stop was asked for, nor in a state that is not known.
            Phase::InProgress(state)
                if (state == "IN_PROGRESS" || snapshot.gate.is_some())
                    && snapshot.has_reached(self.until) =>
            {
                Some(End::Reached)
            }
            Phase::Starting | Phase::InProgress(_) => gives_up.map(End::GivenUp),
            Phase::RollingBack => None,
            Phase::Failing => {
                let since = *self.failing_since.get_or_insert(elapsed);
                (elapsed.saturating_sub(since) >= ROLLBACK_BEGINS_WITHIN)
                    .then_some(End::Failed { reason })
            }
            Phase::Stopped => {
                let since = *self.stopped_since.get_or_insert(elapsed);
                (elapsed.saturating_sub(since) >= STOPPED_FOR).then_some(End::Failed { reason })
            }
            Phase::Succeeded => Some(End::Succeeded),
            Phase::RolledBack => Some(End::RolledBack { reason }),
            Phase::RollbackFailed => Some(End::RollbackFailed { reason }),
            Phase::Failed => Some(End::Failed { reason }),
            Phase::Superseded(by) => Some(End::Superseded(by.clone())),
            Phase::Gone(status) => Some(End::Gone { status: status.clone() }),
        }
    }
}

fn no_alarm_is_watched() -> Problem {
    Problem::new(
        "ECS watches no alarm during this deployment, because one was in ALARM when it started: no \
         alarm will stop it or roll it back",
    )
    .hint(
        "Look at the alarms of the service; the next deployment is watched again once all are OK.",
    )
}

/// What CodeDeploy's wait for a person is called in the call that ends it.
const GATE: &str = "READY_WAIT";

fn waits_at(gate: &PendingApproval) -> Problem {
    let PendingApproval { deployment, region, within } = gate;
    let minutes = within.as_secs() / 60;
    let deploy =
        |call: &str| format!("`aws deploy {call} --region {region} --deployment-id {deployment}");
    Problem::new(format!(
        "the new tasks are ready, and the deployment {deployment} waits for a person before traffic \
         moves, for at most {minutes} min; then CodeDeploy stops it"
    ))
    .hint(format!(
        "{} --deployment-wait-type {GATE}` lets it continue, {} --auto-rollback-enabled` rolls it back.",
        deploy("continue-deployment"),
        deploy("stop-deployment")
    ))
}

fn stage_of(snapshot: &Snapshot) -> &str {
    snapshot.stage.as_deref().unwrap_or("a lifecycle hook")
}

fn line(phase: &Phase, snapshot: &Snapshot) -> String {
    let words = match phase {
        Phase::Starting => "accepted".to_owned(),
        Phase::InProgress(state) => state.to_ascii_lowercase().replace('_', " "),
        Phase::RollingBack => "rolling back".to_owned(),
        Phase::Failing => "failed, the rollback has not started".to_owned(),
        Phase::Succeeded => "successful".to_owned(),
        Phase::RolledBack => "rolled back".to_owned(),
        Phase::RollbackFailed => "the rollback failed".to_owned(),
        Phase::Failed => "failed".to_owned(),
        Phase::Stopped => "stopped".to_owned(),
        Phase::Superseded(_) => "superseded by another deployment".to_owned(),
        Phase::Gone(status) => format!("the service is {status}"),
    };
    let counts = snapshot.counts;
    // Behind its end, or on the way back, the counts are those of what goes.
    if !matches!(phase, Phase::Starting | Phase::InProgress(_) | Phase::Failing | Phase::Succeeded)
    {
        return words;
    }
    let mut line = format!("{words}: {} of {} tasks run", counts.running, counts.desired);
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
