//! What a deployment waits for by one look at it.

use super::activity::Activity;
use super::snapshot::{Followed, Phase, Snapshot};
use crate::ecs::{Deployment, Event, Service};
use crate::request::Stage;

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
        // Whose tasks stop ECS does not say: of one whose own have failed it may be these. While
        // none of its own run, those of before make room.
        (Some(Told::Stops), others)
            if counts.failed == 0 && (counts.running > 0 || others.is_some()) =>
        {
            Activity::Draining
        }
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

#[cfg(test)]
mod tests;
