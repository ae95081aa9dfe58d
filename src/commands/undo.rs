//! Bringing the earlier version back after a deployment failed.
//!
//! ECS's own rollback where it would return to the right revision, because it
//! is faster and restores the whole revision; else an update of the service, its
//! image pinned by digest where the tag has moved. What somebody else has done
//! meanwhile is never touched.

use std::time::Duration;

use tokio::time::sleep;

use super::Run;
use crate::apply::{self, Applied, Journal, Stop};
use crate::aws::{Cause, Ecs, ImageId};
use crate::decide::{Plan, Step, UpdateTo};
use crate::image::{Digest, EcrRepository, ImageReference};
use crate::names::ContainerName;
use crate::problem::Problem;
use crate::request::AppRequest;
use crate::rollout::{End, Followed, Tracker};
use crate::service::{Service, ServiceDeploymentArn, ServiceRevision};
use crate::task_definition::{Patch, TaskDefinition};
use crate::watch::{Ended, Limits, follow};

/// How undoing ended.
#[derive(Debug)]
pub(super) enum Undone {
    /// The earlier version runs; how it came back.
    Back(String),
    /// It does not.
    Failed(Problem),
    /// Nothing was undone, and why.
    Kept(String),
    /// The run was asked to stop; ECS may be on its way back.
    Cancelled,
}

/// After the last sight of the failed deployment its tasks drain for a while.
const LOOKS: usize = 10;
const BETWEEN: Duration = Duration::from_secs(3);

/// Whether returning would bring nothing else than what failed.
fn is_the_same(plan: &Plan, point: &ServiceRevision) -> bool {
    let same_definition =
        plan.to.task_definition.is_some() && plan.to.task_definition == point.task_definition;
    let images = || {
        point
            .images
            .iter()
            .filter(|image| plan.containers.iter().any(|it| it.as_str() == image.container))
    };
    same_definition && images().all(|image| image.digest == plan.to.digest)
}

/// A deployment to be undone.
pub(super) struct Undo<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) app: &'a AppRequest,
    /// The plan that it carried out.
    pub(super) plan: &'a Plan,
    pub(super) followed: &'a Followed,
    /// The times of the way back.
    pub(super) limits: Limits,
}

type Timeline = Vec<(Duration, String)>;

impl Undo<'_> {
    /// Brings the last good revision back and follows that to its end.
    pub(super) async fn undo(
        &self,
        service_deployment: Option<&ServiceDeploymentArn>,
        timeline: &mut Timeline,
    ) -> Undone {
        let Some(point) = &self.plan.return_to else {
            return Undone::Kept("no earlier revision is known to have succeeded here".to_owned());
        };
        if is_the_same(self.plan, point) {
            return Undone::Kept("what ran before is the same definition and image".to_owned());
        }
        let now = match self.service().await {
            Ok(now) => now,
            Err(problem) => return Undone::Failed(problem),
        };
        let primary = now.primary().map(|it| &it.id);
        if primary.is_some_and(|id| *id != self.followed.id && !self.followed.before.contains(id)) {
            return Undone::Kept("somebody else's deployment has taken its place".to_owned());
        }
        let is_back_already = primary.is_some_and(|id| *id != self.followed.id);
        if is_back_already || self.ask_ecs(point, service_deployment).await {
            // What was told before is not told again.
            let newest_event_before = now.events.first().map(|event| event.id.clone());
            let followed = Followed { newest_event_before, ..self.followed.clone() };
            match self.follow(followed, timeline).await {
                Ended::Deployment(End::RolledBack { .. }) => match self.service().await {
                    Ok(now) if now.task_definition == point.task_definition => {
                        return Undone::Back("by ECS's own rollback".to_owned());
                    }
                    // ECS has returned to another revision than the last good one.
                    Ok(_) => {}
                    Err(problem) => return Undone::Failed(problem),
                },
                // It was stopped before ECS could be asked, or ECS was too late.
                Ended::Deployment(End::Failed { .. } | End::Succeeded) => {}
                ended => return failed(ended),
            }
        }
        self.update_back(point, timeline).await
    }

    fn ecs(&self) -> Ecs {
        self.run.clients.ecs(&self.app.target.region)
    }

    async fn service(&self) -> Result<Service, Problem> {
        let target = &self.app.target;
        match self.ecs().service(target).await {
            Ok(Some(service)) => Ok(service),
            Ok(None) => Err(Problem::new(format!("{target} is gone"))),
            Err(error) => Err(error.problem(&target.to_string())),
        }
    }

    /// Lets ECS return by itself; `false` where it would not return to the right
    /// revision or cannot.
    async fn ask_ecs(
        &self,
        point: &ServiceRevision,
        service_deployment: Option<&ServiceDeploymentArn>,
    ) -> bool {
        let Some(arn) = service_deployment else { return false };
        let ecs = self.ecs();
        let Ok(found) = ecs.service_deployments(std::slice::from_ref(arn)).await else {
            return false;
        };
        let Some(deployment) = found.into_iter().next() else { return false };
        if deployment.status.starts_with("ROLLBACK") {
            return true;
        }
        if !deployment.is_under_way() || deployment.sources != [point.arn.clone()] {
            return false;
        }
        match ecs.roll_back(arn).await {
            Ok(()) => {
                self.run.voice.line("asked ECS to stop the deployment and roll it back");
                true
            }
            // It may have been taken; following shows it, and the update waits.
            Err(error) if error.cause == Cause::Unclear => true,
            Err(error) => {
                self.run.voice.line(&format!(
                    "ECS does not roll it back ({error}); updating the service instead"
                ));
                false
            }
        }
    }

    async fn follow(&self, followed: Followed, timeline: &mut Timeline) -> Ended {
        let run = self.run;
        let subscription = run.poller.follow(self.app.target.clone(), followed, None);
        let tracker = Tracker::default();
        let mut watched = follow(subscription, tracker, self.limits, run.shutdown, run.voice).await;
        timeline.append(&mut watched.timeline);
        watched.end
    }

    async fn update_back(&self, point: &ServiceRevision, timeline: &mut Timeline) -> Undone {
        let (now, steps) = match tokio::join!(self.service(), self.steps(point)) {
            (Ok(now), Ok(steps)) => (now, steps),
            (Err(problem), _) | (_, Err(problem)) => return Undone::Failed(problem),
        };
        let plan = Plan { service: now, steps, ..self.plan.clone() };
        let journal = Journal::default();
        let applied =
            apply::apply(&self.ecs(), &plan, &journal, self.run.shutdown, self.run.voice).await;
        let followed = match applied {
            Ok(Applied::Started(followed)) => followed,
            Ok(Applied::NothingStarted | Applied::Scaled) => {
                return Undone::Failed(Problem::new(
                    "ECS took the update back and started no deployment",
                ));
            }
            Err(Stop::Cancelled) => return Undone::Cancelled,
            Err(Stop::Refused(problem) | Stop::Failed(problem) | Stop::TimedOut(problem)) => {
                return Undone::Failed(problem);
            }
        };
        match self.follow(followed, timeline).await {
            Ended::Deployment(End::Succeeded) => {
                Undone::Back("by a new deployment of it".to_owned())
            }
            ended => failed(ended),
        }
    }

    /// The definition as it is, unless its tag names another image by now or it
    /// can't be used any more.
    async fn steps(&self, point: &ServiceRevision) -> Result<Vec<Step>, Problem> {
        let arn = point.task_definition.clone().ok_or_else(|| {
            Problem::new("the task definition of the earlier revision is not known")
        })?;
        let raw = self
            .ecs()
            .task_definition(arn.as_str())
            .await
            .map_err(|error| error.problem(&format!("task definition {}", arn.short())))?;
        let definition = TaskDefinition::from_describe(&raw)?;
        let images = self.moved_tags(point, &definition).await;
        if images.is_empty() && definition.status() != Some("INACTIVE") {
            let force = self.plan.to.task_definition.as_ref() == Some(&arn);
            return Ok(vec![update(UpdateTo::Existing(arn), force)]);
        }
        let pinned = definition.patch(&Patch { images, ..Patch::default() })?;
        Ok(vec![Step::Register(pinned), update(UpdateTo::Registered, false)])
    }

    /// Containers whose tag no longer names the digest that succeeded, each with
    /// a reference by that digest.
    async fn moved_tags(
        &self,
        point: &ServiceRevision,
        definition: &TaskDefinition,
    ) -> Vec<(ContainerName, String)> {
        let mut moved = Vec::new();
        for container in definition.containers() {
            let image: Option<ImageReference> =
                container.image.and_then(|image| image.parse().ok());
            let was = point.images.iter().find(|it| it.container == container.name);
            let (Some(image), Some(was)) = (image, was.and_then(|it| it.digest.clone())) else {
                continue;
            };
            let Ok(name) = container.name.parse() else { continue };
            if self.names_another(&image, &was).await {
                moved.push((name, image.with_digest(was).to_string()));
            }
        }
        moved
    }

    async fn names_another(&self, image: &ImageReference, was: &Digest) -> bool {
        let (Some(repository), Some(tag)) = (EcrRepository::of_image(image), image.tag()) else {
            return false;
        };
        let ecr = self.run.clients.ecr(&repository.region);
        match ecr.images(&repository, &[ImageId::Tag(tag.clone())]).await {
            Ok(found) => found.first().is_none_or(|found| found.digest != *was),
            Err(_) => false,
        }
    }
}

fn update(definition: UpdateTo, force: bool) -> Step {
    Step::Update { definition, force, desired_count: None }
}

fn failed(ended: Ended) -> Undone {
    let why = |reason: Option<String>| reason.unwrap_or_else(|| "ECS gives no reason".to_owned());
    Undone::Failed(match ended {
        Ended::Cancelled => return Undone::Cancelled,
        Ended::TimedOut => Problem::new("the way back had not ended when its time was up"),
        Ended::Unreadable(problem) => problem,
        Ended::Deployment(End::Superseded(_)) => {
            return Undone::Kept("somebody else's deployment has taken its place".to_owned());
        }
        Ended::Deployment(End::Gone { status }) => Problem::new(format!("the service is {status}")),
        Ended::Deployment(End::RollbackFailed { reason }) => {
            Problem::new(format!("ECS could not roll back: {}", why(reason)))
        }
        Ended::Deployment(End::Failed { reason } | End::RolledBack { reason }) => {
            Problem::new(format!("the earlier version failed as well: {}", why(reason)))
        }
        Ended::Deployment(End::Succeeded | End::TrafficShifted) => {
            Problem::new("the failed deployment succeeded after all")
        }
        Ended::Deployment(End::GivenUp(why)) => Problem::new(why.to_string()),
    })
}

/// Deregisters the failed revision of this run, so that nobody's "newest
/// revision" picks it up, as soon as no deployment starts tasks from it.
pub(super) async fn clear_away(
    run: &Run<'_>,
    app: &AppRequest,
    journal: &Journal,
) -> Option<String> {
    let ecs = run.clients.ecs(&app.target.region);
    let mut note = None;
    for look in 0..LOOKS {
        if look > 0 {
            tokio::select! {
                () = sleep(BETWEEN) => {}
                () = run.shutdown.requested() => break,
            }
        }
        journal.entries().registered()?;
        note = apply::deregister_unused(&ecs, &app.target, journal, run.voice).await;
        if journal.entries().registered().is_none() {
            break;
        }
    }
    note
}
