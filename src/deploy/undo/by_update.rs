//! The way back by an update of the service.

use futures_util::StreamExt as _;

use super::{Timeline, Undo, Undone};
use crate::aws::{Cause, ImageId, side_by_side};
use crate::deploy::apply::{self, Applied, Stop};
use crate::deploy::watch::Ended;
use crate::diagnosis::{Failures, failure_limit};
use crate::ecs::{Service, ServiceRevision, TaskDefinitionArn};
use crate::image::{Digest, EcrRepository, ImageReference};
use crate::names::ContainerName;
use crate::plan::{NewDeployment, Plan, Step, UpdateTo};
use crate::problem::Problem;
use crate::rollout::{End, Tracker};
use crate::task_definition::{Patch, TaskDefinition};

impl Undo<'_> {
    /// Deploys what ran at `point` and follows that to its end.
    pub(crate) async fn update_back(
        &self,
        point: &ServiceRevision,
        timeline: &mut Timeline,
    ) -> Undone {
        let (now, steps) = match tokio::join!(self.service(), self.steps(point)) {
            (Ok(now), Ok(steps)) => (now, steps),
            (Err(undone), _) | (_, Err(undone)) => return undone,
        };
        if let Some(other) = self.somebody_elses(&now, point) {
            return Undone::Kept(other);
        }
        let tracker = self.tracker(&now);
        let plan = Plan { service: now, steps, ..self.of.plan.clone() };
        let run = self.of.run;
        let applied = apply::apply(
            run.clients,
            &plan,
            &self.of.journals.undo,
            self.limits.deadline,
            run.shutdown,
            run.reporter,
        )
        .await;
        let followed = match applied {
            Ok(Applied::Started(followed) | Applied::RollingBack(followed)) => followed,
            Ok(Applied::NothingStarted | Applied::Scaled | Applied::Ran) => {
                return Undone::Failed(Problem::new(format!(
                    "{} accepted the update but started no deployment",
                    self.of.plan.by()
                )));
            }
            Err(Stop::Cancelled) => return Undone::Cancelled,
            // The service has changed at the very last moment.
            Err(Stop::Refused(problem) | Stop::Held(problem)) => {
                return Undone::Kept(problem.message);
            }
            Err(Stop::Failed(problem) | Stop::TimedOut(problem)) => return Undone::Failed(problem),
            Err(Stop::OneOffFailed(failed)) => return Undone::Failed(failed.problem),
            Err(Stop::Unknown(problem)) => return Undone::Unknown(problem),
        };
        let watched = self.follow(followed, tracker, timeline).await;
        match watched.end {
            Ended::Deployment(End::Succeeded) => Undone::Back("by a new deployment"),
            _ => self.failed(watched),
        }
    }

    /// The earlier version may be broken by now, too; then nobody waits for it in
    /// vain.
    fn tracker(&self, now: &Service) -> Tracker {
        let given = self.of.app.failure.max_failed_tasks;
        let limit = failure_limit(given, now.circuit_breaker.enabled, now.counts.desired);
        Tracker::default().giving_up(Failures::new(limit))
    }

    /// The definition as it is, unless its tag names another image by now or it
    /// can't be used any more.
    async fn steps(&self, point: &ServiceRevision) -> Result<Vec<Step>, Undone> {
        let arn = point.task_definition.clone().ok_or_else(|| {
            Undone::Failed(Problem::new("the task definition of the earlier revision is not known"))
        })?;
        let ecs = self.ecs();
        let read = || ecs.task_definition(arn.as_str());
        let raw = self.patiently("ecs:DescribeTaskDefinition", read).await.map_err(|error| {
            let problem = error.problem(&format!("task definition {}", arn.short()));
            match error.cause {
                Cause::Denied | Cause::Refused => Undone::Failed(problem),
                Cause::Credentials | Cause::Throttled | Cause::Unclear => Undone::Unknown(problem),
            }
        })?;
        self.steps_of(point, arn, &raw).await.map_err(Undone::Failed)
    }

    async fn steps_of(
        &self,
        point: &ServiceRevision,
        arn: TaskDefinitionArn,
        raw: &[u8],
    ) -> Result<Vec<Step>, Problem> {
        let definition = TaskDefinition::from_describe(raw)?;
        let images = self.moved_tags(point, &definition).await;
        if images.is_empty() && definition.can_be_started() {
            let force = self.of.plan.versions.to.task_definition.as_ref() == Some(&arn);
            return Ok(vec![self.deploys(&definition, UpdateTo::Existing(arn), force)?]);
        }
        let pinned = definition.patch(&Patch { images, ..Patch::default() })?;
        let deploys = self.deploys(&pinned, UpdateTo::Registered, false)?;
        Ok(vec![Step::Register(pinned), deploys])
    }

    fn deploys(
        &self,
        definition: &TaskDefinition,
        to: UpdateTo,
        force: bool,
    ) -> Result<Step, Problem> {
        match &self.of.plan.by_codedeploy {
            Some(new) => Ok(Step::CreateDeployment(Box::new(NewDeployment {
                definition: to,
                ..self.way_back(new, definition)?
            }))),
            None => Ok(Step::Update { definition: to, force, desired_count: None }),
        }
    }

    /// Containers whose tag no longer names the digest that succeeded, each with
    /// a reference by that digest.
    async fn moved_tags(
        &self,
        point: &ServiceRevision,
        definition: &TaskDefinition,
    ) -> Vec<(ContainerName, String)> {
        let looks = definition.containers().filter_map(|container| {
            let image: ImageReference = container.image?.parse().ok()?;
            let was = point.images.iter().find(|it| it.container == container.name)?;
            let (name, was) = (container.name.parse().ok()?, was.digest.clone()?);
            Some(async move {
                let has_moved = self.names_another(&image, &was).await;
                has_moved.then(|| (name, image.with_digest(was).to_string()))
            })
        });
        side_by_side(looks).collect::<Vec<_>>().await.into_iter().flatten().collect()
    }

    /// Taken to do so where it can't be read: pinned, the image is the right one
    /// in any case.
    async fn names_another(&self, image: &ImageReference, was: &Digest) -> bool {
        let (Some(repository), Some(tag)) = (EcrRepository::of_image(image), image.tag()) else {
            return false;
        };
        let ecr = self.of.run.clients.ecr(&repository.region);
        match ecr.images(&repository, &[ImageId::Tag(tag.clone())]).await {
            Ok(found) => !found.first().is_some_and(|found| found.holds(was)),
            Err(_) => true,
        }
    }
}
