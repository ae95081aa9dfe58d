//! Where the time of a deployment went: what it waited for at each look, and from when to when.
//!
//! The clock is the one of the run, so that no time of AWS has to be brought into line with it;
//! a look comes about every second.

use std::time::Duration;

use super::snapshot::{Followed, Phase, Snapshot};
use crate::ecs::{Deployment, Event, Service};
use crate::request::Stage;

/// After so long without a look it is not known when one thing gave way to another.
const UNSEEN: Duration = Duration::from_secs(15);

/// What is shorter was seen by one look alone, and counts to what was before it.
const SHORT: Duration = Duration::from_secs(2);

/// What a deployment waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Activity {
    /// A place for its tasks.
    Pending,
    /// Images are pulled, containers start.
    Starting,
    HealthChecks,
    /// A lifecycle hook that is no person.
    Hooks,
    Person,
    /// The traffic is shifted, or watched after that.
    Traffic,
    /// Tasks of before end.
    Draining,
    /// What ran before comes back.
    RollingBack,
    #[default]
    NotKnown,
}

impl Activity {
    /// Its name in reports; it has no character that means something in a chart.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Starting => "tasks starting",
            Self::HealthChecks => "health checks",
            Self::Hooks => "hooks",
            Self::Person => "waiting for a person",
            Self::Traffic => "traffic and bake",
            Self::Draining => "draining",
            Self::RollingBack => "rolling back",
            Self::NotKnown => "not known",
        }
    }
}

/// What stands beside the deployment in its service.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beside<'a> {
    /// Other deployments or task sets, and how many of their tasks run or start.
    others: Option<i32>,
    /// Whether alarms are watched once nothing else is left to do.
    bakes: bool,
    hooks_at: &'a [String],
}

impl<'a> Beside<'a> {
    pub(super) fn of(
        followed: &Followed,
        service: &'a Service,
        is_own: impl Fn(&Deployment) -> bool,
    ) -> Self {
        let others = service.deployments.iter().filter(|it| !is_own(it));
        let live = others.map(|it| it.counts.running + it.counts.pending);
        Self {
            others: live.reduce(|all, some| all + some),
            bakes: service.alarms_roll_back && !followed.before.is_empty(),
            hooks_at: &service.lifecycle.hooks_at,
        }
    }
}

/// What the deployment waits for by this look.
pub(super) fn activity(look: &Snapshot, beside: Beside<'_>) -> Activity {
    match &look.phase {
        Phase::Starting => Activity::Pending,
        Phase::RollingBack | Phase::Failing => Activity::RollingBack,
        Phase::InProgress(_) if look.waits_for_a_person() => Activity::Person,
        Phase::InProgress(_) if look.keeps_old_tasks => Activity::Draining,
        Phase::InProgress(_) => {
            let stage = look.stage.as_deref();
            let by_stage = stage.and_then(|stage| of_stage(stage, beside.hooks_at));
            by_stage.unwrap_or_else(|| by_counts(look, beside))
        }
        // It ends with this look, or who knows what goes on.
        _ => Activity::NotKnown,
    }
}

/// By the stage of ECS or the step of CodeDeploy; `None` where its tasks are started, which
/// their counts tell of.
fn of_stage(stage: &str, hooks_at: &[String]) -> Option<Activity> {
    let has_hook = hooks_at.iter().any(|it| it == stage);
    Some(match (Stage::of(stage), stage) {
        (Some(Stage::ScaleUp), _) | (None, "RECONCILE_SERVICE" | "Install") => return None,
        (Some(Stage::CleanUp), _) => Activity::Draining,
        (Some(Stage::TestTrafficShift | Stage::ProductionTrafficShift), _) => Activity::Traffic,
        (Some(_), _) if has_hook => Activity::Hooks,
        (Some(Stage::PreScaleUp), _) => return None,
        (Some(_), _) | (None, "Ready" | "AllowTestTraffic" | "AllowTraffic") => Activity::Traffic,
        // CodeDeploy does nothing in these but ask a hook.
        (
            None,
            "BeforeInstall"
            | "AfterInstall"
            | "AfterAllowTestTraffic"
            | "BeforeAllowTraffic"
            | "AfterAllowTraffic",
        ) => Activity::Hooks,
        (None, _) => Activity::NotKnown,
    })
}

fn by_counts(look: &Snapshot, beside: Beside<'_>) -> Activity {
    let counts = look.counts;
    let told = look.events.iter().rev().find_map(told);
    let is_complete = counts.running >= counts.desired && counts.running > 0;
    match (told, beside.others) {
        _ if counts.pending > 0 => Activity::Starting,
        // Whether tasks of before are among those that it counts ECS does not say.
        (Some(Told::Stops), _) if counts.running > 0 => Activity::Draining,
        (_, Some(0)) if is_complete || counts.desired == 0 => Activity::Draining,
        (_, None) if is_complete && beside.bakes => Activity::Traffic,
        (Some(Told::NoPlace), _) if !is_complete => Activity::Pending,
        _ if counts.running > 0 => Activity::HealthChecks,
        _ => Activity::Pending,
    }
}

/// What ECS did last, by its own words.
enum Told {
    Starts,
    Stops,
    NoPlace,
}

fn told(event: &Event) -> Option<Told> {
    let says = |words: &str| event.message.contains(words);
    if says("has begun draining connections") || says("has stopped ") || says(" deregistered ") {
        Some(Told::Stops)
    } else if says("has started ") || says(" registered ") {
        Some(Told::Starts)
    } else if says("unable to place a task") {
        Some(Told::NoPlace)
    } else {
        None
    }
}

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

/// Spans without a gap between them, the last of which goes on.
#[derive(Debug, Default)]
pub(crate) struct Spans(Vec<Span>);

impl Spans {
    /// Takes one look; `at` never goes backwards.
    pub(crate) fn see(&mut self, activity: Activity, at: Duration) {
        let (before, since) =
            self.0.last().map_or((activity, Duration::ZERO), |last| (last.activity, last.until));
        let unseen = at.saturating_sub(since) > UNSEEN;
        let meanwhile = match self.0.is_empty() || before != activity {
            true if unseen => Activity::NotKnown,
            _ => before,
        };
        self.add(meanwhile, at);
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
