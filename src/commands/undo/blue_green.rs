//! The way back from a deployment by CodeDeploy: its own rollback while it is under way,
//! which takes seconds because the tasks of before are still there; afterwards a new
//! deployment of what ran.

use super::{Timeline, Undo, Undone};
use crate::apply;
use crate::codedeploy::EcsTarget;
use crate::problem::Problem;
use crate::rollout::{End, Followed, Tracker, Until};
use crate::service::{Service, ServiceRevision};
use crate::watch::Ended;

impl Undo<'_> {
    pub(super) async fn undo_blue_green(
        &self,
        point: &ServiceRevision,
        now: &Service,
        timeline: &mut Timeline,
    ) -> Undone {
        let run = self.run;
        let codedeploy = run.clients.codedeploy(&self.app.target.region);
        let id = &self.followed.id;
        if apply::stop_and_roll_back(&codedeploy, id, self.journal, run.voice).await {
            let newest_event_before = now.events.first().map(|event| event.id.clone());
            let until = Until::Returned;
            let followed = Followed { newest_event_before, until, ..self.followed.clone() };
            let watched = self.follow(followed, Tracker::default(), timeline).await;
            match watched.end {
                Ended::Deployment(End::RolledBack { .. }) => {
                    match self.is_back(point, watched.last.as_ref()).await {
                        Ok(true) => return Undone::Back("by CodeDeploy's own rollback"),
                        Ok(false) => self.begin("CodeDeploy went back to something else", timeline),
                        Err(problem) => return Undone::Failed(problem),
                    }
                }
                // It ended before CodeDeploy could be asked, or there was nothing to roll
                // back.
                Ended::Deployment(End::Failed { .. } | End::Succeeded) => {}
                ended => return self.failed(ended),
            }
        }
        if let Some(undone) = self.hindrance().await {
            return undone;
        }
        if self.has_stayed(point).await {
            return Undone::Stayed;
        }
        self.update_back(point, timeline).await
    }

    /// What keeps the group busy. Then nothing stays as it is, and nothing can be deployed.
    async fn hindrance(&self) -> Option<Undone> {
        let region = &self.app.target.region;
        let codedeploy = self.run.clients.codedeploy(region);
        let id = &self.followed.id;
        let own = match codedeploy.deployment(id).await {
            Ok(own) => own,
            Err(error) => return Some(Undone::Failed(error.problem(&format!("deployment {id}")))),
        };
        if own.is_under_way() {
            let problem = Problem::new(format!("the deployment {id} was not stopped, and goes on"));
            return Some(Undone::Failed(problem.hint(format!(
                "To stop it and go back: `aws deploy stop-deployment --region {region} --deployment-id {id} --auto-rollback-enabled`"
            ))));
        }
        let group = codedeploy.group(&self.plan.by_codedeploy.as_ref()?.group).await.ok()??;
        let newest = group.attempted_and_under_way();
        let other = newest.filter(|it| Some(*it) != own.rolled_back_by.as_ref())?;
        Some(Undone::Kept(format!("deployment {other} is under way meanwhile")))
    }

    /// Whether the failed deployment has left the service as it was: what ran before is
    /// still the primary task set, and has all the traffic.
    async fn has_stayed(&self, point: &ServiceRevision) -> bool {
        let target = &self.app.target;
        let codedeploy = self.run.clients.codedeploy(&target.region);
        let (now, seen) =
            tokio::join!(self.service(), codedeploy.target(&self.followed.id, target));
        let is_primary = now.is_ok_and(|now| {
            now.primary().is_some_and(|primary| point.arn.belongs_to(&primary.id))
        });
        let moved = |seen: EcsTarget| seen.green().is_some_and(|green| green.traffic > 0.0);
        // Without a word of CodeDeploy it is not known; then it is deployed again.
        is_primary && seen.is_ok_and(|seen| !seen.is_some_and(moved))
    }
}
