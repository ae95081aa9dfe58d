//! After ECS's word for success: does the revision run the digest that was
//! decided on?

use super::context::Rollout;
use crate::aws::CallError;
use crate::deploy::apply::Stop;
use crate::ecs::{ContainerImage, DeploymentId};
use crate::image::Digest;
use crate::plan::{ChosenImage, Images};
use crate::problem::Problem;
use crate::report::AppReport;

impl Rollout<'_> {
    /// Fails where another digest runs; notes where it can't be known.
    pub(crate) async fn confirm(&self, report: &mut AppReport) -> Result<(), Stop> {
        let Self { run, app, plan, .. } = *self;
        let Some(images) = &plan.images else { return Ok(()) };
        let started_by = self.started_by();
        let ecs = run.clients.ecs(&app.target.region);
        let resolved = match &self.followed.id {
            // There are no service revisions: the tasks have to tell.
            DeploymentId::CodeDeploy(_) => Ok(Vec::new()),
            DeploymentId::Ecs(id) => ecs
                .service_revisions(&[plan.service.arn.revision(id)])
                .await
                .map(|found| found.into_iter().next().map(|it| it.images).unwrap_or_default()),
        };
        let running = match (judge(images, resolved), started_by) {
            (Judged::Unknown(_), Some(started_by)) => {
                judge(images, ecs.images_of_tasks(&app.target, started_by).await)
            }
            (judged, _) => judged,
        };
        match running {
            Judged::Same => Ok(()),
            Judged::Other { container, digest, wanted } => {
                report.versions.running = None;
                Err(Stop::Failed(
                    Problem::new(format!(
                        "{} calls the deployment successful, but the container {container} runs {} instead of {}",
                        plan.by(),
                        digest.short(),
                        wanted.short()
                    ))
                    .hint("The tag was moved while the deployment started. Run the step again, and make tags immutable in ECR."),
                ))
            }
            Judged::Unknown(why) => {
                let desired = app.desired_count.unwrap_or(plan.service.counts.desired);
                // By its digest nothing else can run.
                let is_pinned = images.iter().all(|it| it.image.reference.digest().is_some());
                // The plan has said that no task would run.
                if desired > 0 && !is_pinned {
                    let notice = format!("which digest runs could not be confirmed: {why}");
                    run.notice(report, Problem::new(notice));
                }
                Ok(())
            }
        }
    }
}

enum Judged {
    Same,
    Other { container: String, digest: Digest, wanted: Digest },
    Unknown(String),
}

fn judge(wanted: &Images, answer: Result<Vec<ContainerImage>, CallError>) -> Judged {
    let images = match answer {
        Ok(images) => images,
        Err(error) => return Judged::Unknown(error.to_string()),
    };
    let known = || images.iter().filter_map(|it| Some((&it.container, it.digest.as_ref()?)));
    for (container, digest) in known() {
        if let Some(wanted) = wanted.of_container(container)
            && !wanted.is(digest)
        {
            let (container, digest) = (container.clone(), digest.clone());
            return Judged::Other { container, digest, wanted: wanted.digest.clone() };
        }
    }
    let is_seen = |it: &ChosenImage| known().any(|(container, _)| it.is_for(container));
    if wanted.iter().all(is_seen) {
        Judged::Same
    } else {
        Judged::Unknown("ECS does not report it".to_owned())
    }
}
