//! Bringing the earlier version back after a deployment failed.
//!
//! ECS's own rollback where it would return to the right revision, because it
//! is faster and restores the whole revision; else an update of the service, its
//! image pinned by digest where the tag has moved. What somebody else has done
//! meanwhile is never touched.

mod codedeploy;
mod unchanged;
mod by_update;
mod clear_away;

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use super::context::Rollout;
use super::outcome::restored;
use crate::aws::{Answer, Ecs};
use crate::deploy::apply::{self, Returning};
use crate::deploy::watch::{Ended, Limits, Watched, follow};
use crate::ecs::{Controller, Service, ServiceDeploymentArn, ServiceRevision};
use crate::plan::undo_target;
use crate::problem::Problem;
use crate::rollout::{End, Followed, Snapshot, Tracker};
use crate::text::clock;

pub(crate) use unchanged::has_stayed;

pub(crate) use clear_away::{LOOKS, clear_away};

#[derive(Debug)]
pub(crate) enum Undone {
    /// The earlier version runs; how it came back.
    Back(&'static str),
    /// The earlier version runs because it never lost any traffic; tasks of the failed
    /// one may still be there.
    Stayed,
    Failed(Problem),
    /// Whether it does could not be read.
    Unknown(Problem),
    /// Nothing was undone, and why.
    Kept(String),
    /// The run was asked to stop; ECS may be on its way back.
    Cancelled,
}

pub(crate) struct Undo<'a> {
    /// The rollout that failed.
    pub(crate) of: &'a Rollout<'a>,
    /// The times of the undo.
    pub(crate) limits: Limits,
}

type Timeline = Vec<(Duration, String)>;

impl Undo<'_> {
    /// Brings the last good revision back and follows that to its end.
    pub(crate) async fn undo(
        &self,
        service_deployment: Option<&ServiceDeploymentArn>,
        timeline: &mut Timeline,
    ) -> Undone {
        let point = match undo_target(self.of.plan) {
            Ok(point) => point,
            Err(why) => return Undone::Kept(why.to_owned()),
        };
        let now = match self.service().await {
            Ok(now) => now,
            Err(undone) => return undone,
        };
        if let Some(other) = self.somebody_elses(&now, point) {
            return Undone::Kept(other);
        }
        let back_to = restored::side_of(self.of.plan, point).name();
        self.begin(&format!("restoring {back_to}"), timeline);
        if let Some(id) = self.of.followed.id.codedeploy() {
            return self.undo_by_codedeploy(id, point, &now, timeline).await;
        }
        let is_back_already = now.primary().is_some_and(|it| it.id != self.of.followed.id);
        let returning = match is_back_already {
            true => Returning::Following,
            false => self.ask_ecs(point, service_deployment).await,
        };
        if let Returning::Unknown(problem) = returning {
            return Undone::Unknown(problem);
        }
        if returning == Returning::Following {
            // What was told before is not told again.
            let newest_event_before = now.events.first().map(|event| event.id.clone());
            let followed = Followed { newest_event_before, ..self.of.followed.clone() };
            let watched = self.follow(followed, Tracker::default(), timeline).await;
            match watched.end {
                Ended::Deployment(End::RolledBack { .. }) => {
                    match self.is_back(point, watched.last.as_ref()).await {
                        Ok(true) => return Undone::Back("by ECS's own rollback"),
                        Ok(false) => self.begin(
                            &format!("ECS rolled back to a revision other than {back_to}"),
                            timeline,
                        ),
                        Err(undone) => return undone,
                    }
                }
                // It was stopped before ECS could be asked, or ECS was too late.
                Ended::Deployment(End::Failed { .. } | End::Succeeded) => {}
                _ => return self.failed(watched),
            }
        }
        self.update_back(point, timeline).await
    }

    fn ecs(&self) -> Ecs {
        self.of.run.clients.ecs(&self.of.app.target.region)
    }

    /// The service as it is, read through an outage; else how the way back ends.
    async fn service(&self) -> Result<Service, Undone> {
        let target = &self.of.app.target;
        let ecs = self.ecs();
        let read = || ecs.service(target);
        match self.patiently("ecs:DescribeServices", read).await {
            Ok(Some(service)) => Ok(service),
            Ok(None) => Err(Undone::Failed(Problem::new(format!("{target} no longer exists")))),
            Err(error) => Err(Undone::Unknown(error.problem(&target.to_string()))),
        }
    }

    /// Reads until there is an answer, as long as the way back may take.
    async fn patiently<T, F>(&self, action: &'static str, read: impl FnMut() -> F) -> Answer<T>
    where
        F: Future<Output = Answer<T>>,
    {
        apply::patiently(action, self.limits.deadline, read).await
    }

    async fn ask_ecs(
        &self,
        point: &ServiceRevision,
        service_deployment: Option<&ServiceDeploymentArn>,
    ) -> Returning {
        let Some(deployment) = service_deployment else { return Returning::No };
        let (deadline, reporter) = (self.limits.deadline, self.of.run.reporter);
        apply::roll_back(
            &self.ecs(),
            deployment,
            &point.arn,
            &self.of.journals.undo,
            deadline,
            reporter,
        )
        .await
    }

    /// A line that parts the way back from the way there.
    fn begin(&self, what: &str, timeline: &mut Timeline) {
        let elapsed = self.limits.begun.elapsed();
        self.of.run.reporter.line(&format!("{}  {what}", clock(elapsed)));
        timeline.push((elapsed, what.to_owned()));
    }

    /// Says whose deployment has taken the place of this one, if it is neither
    /// ours nor what ECS returns to.
    fn somebody_elses(&self, now: &Service, point: &ServiceRevision) -> Option<String> {
        let primary = now.primary()?;
        let id = &primary.id;
        let is_known = primary.is_of(&self.of.followed.id)
            || self.of.followed.before.contains(id)
            || point.arn.belongs_to(id);
        let of = primary.task_definition.as_ref().map(|it| format!(" of {}", it.short()));
        (!is_known).then(|| format!("deployment {id}{} has replaced it", of.unwrap_or_default()))
    }

    /// Whether ECS has returned to the last good revision and no other. The
    /// classic view names no revision; there the definition must do.
    async fn is_back(
        &self,
        point: &ServiceRevision,
        last: Option<&Snapshot>,
    ) -> Result<bool, Undone> {
        match last.and_then(|last| last.returns_to.as_ref()) {
            Some(revision) => Ok(*revision == point.arn),
            None => Ok(self.service().await?.task_definition == point.task_definition),
        }
    }

    fn failed(&self, watched: Watched) -> Undone {
        failed(watched, self.of.plan.by())
    }

    async fn follow(
        &self,
        followed: Followed,
        tracker: Tracker,
        timeline: &mut Timeline,
    ) -> Watched {
        let run = self.of.run;
        let subscription = run.poller.follow(self.of.app.target.clone(), followed, None);
        let subscription = subscription.masking(Arc::new(self.of.plan.revision.definition.clone()));
        let mut watched =
            follow(subscription, tracker, self.limits, pending(), run.shutdown, run.reporter).await;
        timeline.append(&mut watched.timeline);
        watched
    }
}

fn failed(watched: Watched, by: &Controller) -> Undone {
    let why = |reason: Option<String>| reason.unwrap_or_else(|| format!("{by} gave no reason"));
    Undone::Failed(match watched.end {
        Ended::Cancelled => return Undone::Cancelled,
        // Nobody calls an undo off.
        Ended::CalledOff(who) => Problem::new(who),
        Ended::TimedOut if watched.is_stale => {
            return Undone::Unknown(
                Problem::new("AWS stopped answering during the undo")
                    .hint(format!("{by} continues the undo; its console shows when it is done.")),
            );
        }
        Ended::TimedOut => Problem::new("the undo did not finish before its timeout"),
        Ended::Unreadable(problem) => {
            let goes_on = format!("{by} continues the undo; its console shows when it is done.");
            let hints = problem.hint.iter().map(String::as_str).chain([goes_on.as_str()]);
            let hint = hints.collect::<Vec<_>>().join(" ");
            let message = format!("the undo can no longer be followed: {}", problem.message);
            return Undone::Unknown(Problem::new(message).hint(hint));
        }
        Ended::Deployment(End::Superseded(by)) => {
            let id = by.id.map_or_else(|| "another deployment".to_owned(), |id| id.to_string());
            return Undone::Kept(format!("{id} has replaced the undo"));
        }
        Ended::Deployment(End::Gone { status }) => Problem::new(format!("the service is {status}")),
        Ended::Deployment(End::RollbackFailed { reason }) => {
            Problem::new(format!("{by} could not roll back: {}", why(reason)))
        }
        Ended::Deployment(End::Failed { reason } | End::RolledBack { reason }) => {
            Problem::new(format!("its deployment failed as well: {}", why(reason)))
        }
        Ended::Deployment(End::Succeeded | End::Reached) => {
            Problem::new("the failed deployment succeeded after all")
        }
        Ended::Deployment(End::GivenUp(why)) => {
            Problem::new(format!("its tasks fail as well: {why}"))
        }
    })
}
