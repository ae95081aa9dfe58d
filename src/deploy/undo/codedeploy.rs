//! The way back from a deployment by CodeDeploy: its own rollback while it is in progress,
//! which takes seconds because the tasks of before are still there; afterwards a new
//! deployment of what ran.

use super::unchanged::has_stayed;
use super::{Timeline, Undo, Undone};
use crate::codedeploy::WAY_BACK;
use crate::codedeploy::app_spec::AppSpec;
use crate::deploy::apply::{self, Stopping};
use crate::deploy::watch::Ended;
use crate::ecs::{CodeDeployId, Service, ServiceRevision};
use crate::plan::NewDeployment;
use crate::problem::Problem;
use crate::rollout::{End, Followed, Tracker, Until};
use crate::task_definition::TaskDefinition;

/// The deployment configuration of CodeDeploy's own that every Region has.
const AT_ONCE: &str = "CodeDeployDefault.ECSAllAtOnce";

impl Undo<'_> {
    pub(crate) async fn undo_by_codedeploy(
        &self,
        id: &CodeDeployId,
        point: &ServiceRevision,
        now: &Service,
        timeline: &mut Timeline,
    ) -> Undone {
        let run = self.of.run;
        let codedeploy = run.clients.codedeploy(&self.of.app.target.region);
        let target = &self.of.app.target;
        let stopping = apply::stop_and_roll_back(
            &codedeploy,
            target,
            id,
            &self.of.journals.undo,
            self.limits.deadline,
            run.reporter,
        )
        .await;
        let is_followed = match stopping {
            Stopping::Following => true,
            // Unless it had its time to begin with that, and did not.
            Stopping::MayReturn => !self.of.has_failed(),
            Stopping::Over => false,
            Stopping::Refused(problem) => return Undone::Failed(problem),
            Stopping::Unknown(problem) => return Undone::Unknown(problem),
        };
        if is_followed {
            let newest_event_before = now.events.first().map(|event| event.id.clone());
            let until = Until::Returned;
            let followed = Followed { newest_event_before, until, ..self.of.followed.clone() };
            let watched = self.follow(followed, Tracker::default(), timeline).await;
            match watched.end {
                Ended::Deployment(End::RolledBack { .. }) => {
                    match self.is_back(point, watched.last.as_ref()).await {
                        Ok(true) => return Undone::Back("by CodeDeploy's own rollback"),
                        Ok(false) => {
                            self.begin("CodeDeploy rolled back to something else", timeline)
                        }
                        Err(undone) => return undone,
                    }
                }
                // It ended before CodeDeploy could be asked, or there was nothing to roll
                // back.
                Ended::Deployment(End::Failed { .. } | End::Succeeded) => {}
                _ => return self.failed(watched),
            }
        }
        if let Some(undone) = self.hindrance(id).await {
            return undone;
        }
        if has_stayed(run, target, id, &point.arn).await {
            return Undone::Stayed;
        }
        if self.of.plan.by_codedeploy.is_none() {
            let problem = Problem::new(format!("CodeDeploy did not roll the deployment {id} back"));
            return Undone::Failed(problem.hint("`command: rollback` deploys what ran before."));
        }
        self.update_back(point, timeline).await
    }

    /// What keeps the group busy. Then nothing stays as it is, and nothing can be deployed.
    async fn hindrance(&self, id: &CodeDeployId) -> Option<Undone> {
        let region = &self.of.app.target.region;
        let codedeploy = self.of.run.clients.codedeploy(region);
        let read = || codedeploy.deployment(id);
        let own = match self.patiently("codedeploy:GetDeployment", read).await {
            Ok(own) => own,
            Err(error) => return Some(Undone::Unknown(error.problem(&format!("deployment {id}")))),
        };
        if own.is_under_way() {
            let problem =
                Problem::new(format!("the deployment {id} was not stopped and continues"));
            return Some(Undone::Failed(problem.hint(apply::stop_by_hand(region, id))));
        }
        let group = codedeploy.group(&self.of.plan.by_codedeploy.as_ref()?.group).await.ok()??;
        let newest = group.attempted_and_under_way();
        let other = newest.filter(|it| Some(*it) != own.rolled_back_by.as_ref())?;
        Some(Undone::Kept(format!("deployment {other} is now in progress")))
    }

    /// All at once and without hooks, as CodeDeploy's own rollback goes: what comes back has
    /// passed them before, and the traffic is on what failed.
    pub(crate) fn way_back(
        &self,
        new: &NewDeployment,
        definition: &TaskDefinition,
    ) -> Result<NewDeployment, Problem> {
        Ok(NewDeployment {
            app_spec: self.app_spec_of(new, definition)?,
            config: Some(AT_ONCE.to_owned()),
            description: Some(format!("{WAY_BACK} {}", self.of.followed.id)),
            ..new.clone()
        })
    }

    /// The AppSpec that fits `definition`: it names container and port of what was there
    /// before. The one that was given was meant for what failed.
    fn app_spec_of(
        &self,
        new: &NewDeployment,
        definition: &TaskDefinition,
    ) -> Result<AppSpec, Problem> {
        let last = new.last_app_spec.as_ref();
        let served = self.of.plan.service.served.iter();
        let made = served.map(|(container, port)| AppSpec::made_for(container, *port, last));
        let mut why = None;
        for app_spec in made.chain(last.cloned()).chain([new.app_spec.clone()]) {
            let Some(problem) = app_spec.check(definition).into_iter().next() else {
                return Ok(app_spec.without_hooks());
            };
            why.get_or_insert(problem);
        }
        let why = why.map(|why| why.message).unwrap_or_default();
        Err(Problem::new(format!("no AppSpec is known that fits what ran before: {why}")))
    }
}
