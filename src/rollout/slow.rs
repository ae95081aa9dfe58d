//! What made a deployment slow, and which setting shortens it: by settings that were read, and
//! only where one of them explains most of what took longest.

use std::time::Duration;

use super::activity::Activity;
use super::spans::{Span, totals};
use crate::ecs::{Overlap, Service, TargetGroup};
use crate::task_definition::TaskDefinition;
use crate::text::duration;

/// What took less is not slow.
pub(crate) const SLOW: Duration = Duration::from_secs(60);

/// So late the beginning or the end of a part may have been seen.
const SEEN_WITHIN: Duration = Duration::from_secs(16);

/// What may have made it slow.
#[derive(Debug)]
pub(crate) struct Settings<'a> {
    pub service: &'a Service,
    pub definition: &'a TaskDefinition,
    /// Those of the service that could be read.
    pub target_groups: &'a [TargetGroup],
    /// How many tasks the service is to have.
    pub desired: i32,
}

/// The part that took longest.
#[derive(Debug, Clone, Copy)]
struct Longest {
    took: Duration,
    /// In so many pieces.
    times: u32,
}

impl Longest {
    /// Whether a wait of this length, each time, is most of it. What was over sooner was not
    /// what was waited for.
    fn is_mostly(self, wait: Duration) -> bool {
        let waited = wait * self.times;
        waited * 2 >= self.took && waited <= self.took + SEEN_WITHIN * self.times
    }

    /// For the end of a sentence.
    fn each_time(self) -> String {
        if self.times == 1 { String::new() } else { format!(", {} times", self.times) }
    }
}

/// One sentence about a deployment that came to a good end, and the next move.
pub(crate) fn slowest(spans: &[Span], settings: &Settings<'_>) -> Option<String> {
    let totals = totals(spans);
    let whole = Duration::from_secs(totals.iter().map(|(_, seconds)| seconds).sum());
    let (activity, seconds) = *totals.iter().max_by_key(|(_, seconds)| *seconds)?;
    let times = spans.iter().filter(|it| it.activity == activity).count();
    let took = Duration::from_secs(seconds);
    let longest = Longest { took, times: times.try_into().ok()? };
    if whole < SLOW {
        return None;
    }
    let (part, why) = match activity {
        Activity::Draining => ("Draining", draining(longest, settings)?),
        Activity::HealthChecks => ("Health checks", health_checks(longest, settings)?),
        Activity::Traffic => ("Traffic and bake", traffic(longest, settings)?),
        Activity::Starting => ("Starting tasks", batches(longest, settings)?),
        Activity::Pending
        | Activity::Hooks
        | Activity::Person
        | Activity::RollingBack
        | Activity::NotKnown => return None,
    };
    Some(format!("{part} took {} of {}: {why}", duration(took), duration(whole)))
}

/// A target that leaves is waited for as long as its slowest group says.
fn draining(longest: Longest, settings: &Settings<'_>) -> Option<String> {
    let groups = settings.target_groups.iter();
    let of = groups.filter_map(|group| Some((group, group.deregistration_delay?)));
    let (group, delay) = of.max_by_key(|(_, delay)| *delay)?;
    longest.is_mostly(delay).then(|| {
        format!(
            "the deregistration delay of target group {} is {} s{}. Lower it if requests end sooner.",
            group.name,
            delay.as_secs(),
            longest.each_time()
        )
    })
}

fn health_checks(longest: Longest, settings: &Settings<'_>) -> Option<String> {
    let slowest = settings.target_groups.iter().max_by_key(|it| it.interval * it.healthy_threshold);
    if let Some(group) = slowest.filter(|it| longest.is_mostly(it.interval * it.healthy_threshold))
    {
        return Some(format!(
            "target group {} marks a target healthy after {} checks, one every {} s{}. Lower \
             the interval or the healthy threshold if the app is ready sooner.",
            group.name,
            group.healthy_threshold,
            group.interval.as_secs(),
            longest.each_time()
        ));
    }
    let checks = settings.definition.health_check_intervals();
    let (container, interval) = checks.max_by_key(|(_, interval)| *interval)?;
    longest.is_mostly(interval).then(|| {
        format!(
            "the health check of container {container} runs every {} s{}. Lower its `interval` \
             if the app is ready sooner.",
            interval.as_secs(),
            longest.each_time()
        )
    })
}

/// All of it is one wait, in however many steps.
fn traffic(longest: Longest, settings: &Settings<'_>) -> Option<String> {
    let waits = settings.service.strategy_waits;
    // Behind the last step there is no wait.
    let all = Longest { times: 1, took: longest.took + longest.took / 5 };
    all.is_mostly(waits).then(|| {
        format!(
            "the steps and bake times of the deployment configuration are up to {} in all. \
             Shorten them if problems show sooner.",
            duration(waits)
        )
    })
}

fn batches(longest: Longest, settings: &Settings<'_>) -> Option<String> {
    let Overlap::Rolling { minimum_healthy, maximum } = &settings.service.overlap else {
        return None;
    };
    let whole = i64::from(settings.desired);
    let least = (whole * i64::from(*minimum_healthy) + 99) / 100;
    // So many tasks are replaced at once.
    let batch = whole * i64::from(*maximum) / 100 - least;
    let is_room = batch < 1 || batch >= whole;
    // More batches than these have another cause.
    let most = if is_room { 1 } else { (whole + batch - 1) / batch };
    (2..=most).contains(&i64::from(longest.times)).then(|| {
        format!(
            "in {} batches, because the minimum healthy percent is {minimum_healthy} and the \
             maximum percent {maximum}. A higher maximum starts more tasks at once.",
            longest.times
        )
    })
}

#[cfg(test)]
mod tests;
