//! Whether a result is true: from what CodeDeploy did and who served, and without a line
//! of the product.

use std::time::Duration;

use serde_json::Value;
use simulator::{CodeDeployDeployment, CodeDeployTruth, TrafficShare};

use super::super::{ByCodeDeploy, Played, TIMEOUT};
use super::story::{Deed, Story};
use crate::scene::{INTERVAL, Step, definition};

/// After a cancel the step is over within this.
const GRACE: Duration = Duration::from_secs(6);

/// One story, as it came about.
pub(super) struct Case<'a> {
    pub(super) story: &'a Story,
    pub(super) played: &'a Played,
    /// As the step ended, and a while later.
    truth: &'a CodeDeployTruth,
    later: &'a CodeDeployTruth,
}

impl<'a> Case<'a> {
    pub(super) fn new(story: &'a Story, played: &'a Played) -> Self {
        let group = played.codedeploy.as_ref().expect("CodeDeploy deploys");
        let ByCodeDeploy { truth, later } = group;
        Self { story, played, truth, later }
    }

    pub(super) fn judge(&self) {
        self.played.judge_the_exit();
        let (result, took) = (self.step().result(), self.step().took);
        match self.story.cancelled_at {
            Some(at) => {
                assert!(took <= at + GRACE, "cancelled at {at:?}, over at {took:?}");
                assert!(result != "cancelled" || took >= at, "it was cancelled at {at:?}");
            }
            None => assert_ne!(result, "cancelled", "nobody cancelled it"),
        }
        self.judge_the_writes();
        self.judge_what_is_left();
        self.judge_the_version();
        match self.ours(self.truth) {
            Some(ours) => self.judge_the_result(ours),
            None => {
                let begun = ["deployed", "undone", "undo-failed"].contains(&result);
                assert!(!begun, "nothing was deployed");
                assert_eq!(self.step().output("codedeploy-deployment-id"), "");
            }
        }
    }

    pub(super) fn step(&self) -> &Step {
        &self.played.step
    }

    /// The definition that this step deployed first, as the request named it.
    fn own_definition(&self) -> Option<String> {
        let create = self.step().requests.iter().find(|it| it.operation == "CreateDeployment")?;
        let content = create.body["revision"]["appSpecContent"]["content"].as_str()?;
        let content: Value = serde_json::from_str(content).expect("an AppSpec is JSON");
        let properties = &content["Resources"][0]["TargetService"]["Properties"];
        Some(properties["TaskDefinition"].as_str()?.to_owned())
    }

    /// The deployment of this step.
    fn ours<'t>(&self, truth: &'t CodeDeployTruth) -> Option<&'t CodeDeployDeployment> {
        let own = self.own_definition()?;
        let mut since = truth.deployments.iter().filter(|it| it.created >= self.played.began);
        since.find(|it| it.task_definition == own && it.rolls_back.is_none())
    }

    fn ended(&self) -> Duration {
        self.played.ended()
    }

    /// The time in which a change is seen at the latest, if nothing goes wrong: a quick look,
    /// the rest of a whole one, and tasks that have stopped.
    fn look(&self) -> Duration {
        INTERVAL + self.story.conditions.latency * 3 + Duration::from_millis(100)
    }

    /// Nothing goes wrong between what is so and what is read.
    pub(super) fn is_quiet(&self) -> bool {
        self.story.conditions.outages.is_empty() && self.story.at_creation.is_none()
    }

    pub(super) fn says(&self, what: &str) -> bool {
        let step = self.step();
        step.said("error").contains(what)
            || step.log().contains(what)
            || step.summary.contains(what)
    }

    /// Whether everybody gets this version: by the definition that it came with, or by
    /// its digest.
    fn is_all(&self, serving: &[TrafficShare], version: &str) -> bool {
        let came_by = match version {
            "1.4.1" => Some(definition("web1:1")),
            "1.4.2" => self.own_definition(),
            "1.5.0" => Some(definition("other:1")),
            other => panic!("{other} is no version of these stories"),
        };
        let [only] = serving else { return false };
        only.percent == 100
            && (Some(&only.task_definition) == came_by.as_ref()
                || only.digests.get("web1") == Some(&self.played.built[version]))
    }

    /// A version that is said to run gets all of the traffic.
    fn judge_the_version(&self) {
        let version = self.step().output("running-version");
        if version.is_empty() {
            return;
        }
        let began = self.played.began;
        // What is said was read a moment ago; where nothing was begun, when the step began,
        // and then it is what was there for good.
        let moment = if self.is_quiet() { self.look() * 2 } else { Duration::from_secs(120) };
        let has_begun = self.ours(self.truth).is_some();
        let since = if has_begun { self.ended().saturating_sub(moment).max(began) } else { began };
        let mut traffic = self.played.traffic_since(since, !has_begun);
        assert!(traffic.any(|shares| self.is_all(shares, version)), "{version} does not run");
    }

    fn judge_the_result(&self, ours: &CodeDeployDeployment) {
        let step = self.step();
        let result = step.result();
        let id = step.output("codedeploy-deployment-id");
        // It was over before anybody could look whether it had been created.
        if result == "failed" && id.is_empty() && self.story.at_creation.is_some() {
            return self.assert_ended_badly(ours);
        }
        assert!(id == ours.id || id.is_empty() && result == "cancelled", "{id} is not {}", ours.id);
        assert_eq!(step.output("deployment-id"), id);
        match result {
            "deployed" => self.judge_a_success(ours),
            "failed" => self.judge_a_failure(ours),
            "undone" => self.judge_an_undo(ours),
            "undo-failed" => self.judge_a_failed_undo(ours),
            "timed-out" => self.judge_a_timeout(ours),
            "cancelled" => {}
            other => panic!("{other}, and {} was created", ours.id),
        }
    }

    /// When what was waited for had come about. Without its steps only CodeDeploy's own end
    /// of a deployment is seen.
    fn good_at(&self, ours: &CodeDeployDeployment) -> Option<Duration> {
        if self.story.is_blind {
            return ours.finished.filter(|_| ours.status == "Succeeded");
        }
        if !self.story.inputs.until_traffic {
            return ours.served;
        }
        let all = |share: &TrafficShare| {
            share.percent == 100 && Some(&share.task_set) == ours.task_set.as_ref()
        };
        let mut traffic = self.truth.traffic.iter();
        traffic.find(|it| it.shares.iter().any(all)).map(|it| it.since)
    }

    fn judge_a_success(&self, ours: &CodeDeployDeployment) {
        let at = self.good_at(ours).expect("it came about");
        assert!(at <= self.ended(), "said at {:?}, so at {at:?}", self.ended());
        if let Some(over) = ours.finished.filter(|_| ours.status != "Succeeded") {
            assert!(over >= self.last_seen(), "it was over at {over:?}, before the last look");
        }
        let serving = self.truth.serving_at(at);
        assert!(self.is_all(serving, "1.4.2"), "{serving:?} at {at:?}");
        assert_eq!(serving[0].task_set, *ours.task_set.as_ref().expect("it has one"));
        let digest = serving[0].digests.get("web1");
        if let Some(digest) = digest {
            assert_eq!(*digest, self.played.built["1.4.2"]);
        }
        match self.step().output("running-version") {
            // No task runs, because none is wanted or all of them have just died.
            "" => assert_eq!(self.tasks_of(&serving[0].task_set), 0, "tasks of it run"),
            running => assert_eq!((running, digest.is_some()), ("1.4.2", true)),
        }
        if self.is_quiet() {
            let late = self.ended() - at;
            assert!(late <= self.look() * 2, "seen {late:?} late");
        }
    }

    /// How many healthy tasks of a task set run as the step ends.
    fn tasks_of(&self, task_set: &str) -> usize {
        let mut running = self.played.truth.running.iter();
        running.find(|it| it.deployment_id == task_set).map_or(0, |it| it.tasks)
    }

    /// When CodeDeploy last said how the deployment of this step stands.
    fn last_seen(&self) -> Duration {
        let id = self.step().output("codedeploy-deployment-id");
        let mut asked = self.step().requests.iter().rev();
        let last = asked.find(|it| {
            it.operation == "GetDeployment"
                && it.status == Some(200)
                && it.body["deploymentId"] == id
        });
        last.expect("it was looked at").at
    }

    /// It had failed, nobody brings anything back, and nobody was to.
    fn judge_a_failure(&self, ours: &CodeDeployDeployment) {
        let is_wrong = self.says("calls the deployment successful, but the container");
        if is_wrong {
            assert!(self.story.does(Deed::MovesTheNewTag), "the tag was left unchanged");
            return;
        }
        if self.says("it was deleted during the deployment") {
            assert!(self.story.does(Deed::DeletesTheService), "the service is there");
            return;
        }
        if self.says("the deployment counts as failed") {
            assert!(self.story.is_doomed(), "a version that works was given up");
        } else {
            self.assert_ended_badly(ours);
            let later = self.later.deployment(&ours.id);
            assert_eq!(later.rolled_back_by, None, "it was rolled back");
        }
        if self.story.inputs.undoes {
            assert!(self.says("nothing was undone"), "it was to be undone");
        }
    }

    fn assert_ended_badly(&self, ours: &CodeDeployDeployment) {
        assert!(["Failed", "Stopped"].contains(&ours.status.as_str()), "it is {}", ours.status);
        // What was seen as done stays so.
        let over = ours.finished.expect("it is over");
        if let Some(good) = self.good_at(ours)
            && self.is_quiet()
        {
            assert!(over <= good + self.look(), "it was done at {good:?}, before {over:?}");
        }
    }

    fn judge_an_undo(&self, ours: &CodeDeployDeployment) {
        let truth = self.truth;
        let second = truth.deployments.iter().find(|it| self.is_the_way_back(it, ours));
        // What was given up may succeed at that very moment; then it is gone back from.
        if second.is_none() || ours.status != "Succeeded" {
            self.assert_ended_badly(ours);
        }
        let (return_to, was_serving) = self.returns_to(ours);
        let by = match (&ours.rolled_back_by, second) {
            (_, Some(second)) => {
                assert!(self.says("was restored by a new deployment"), "by whom?");
                Some(second)
            }
            (Some(rollback), None) => {
                let by_itself = "was restored by CodeDeploy's own rollback";
                assert!(self.says(by_itself) || self.says("CodeDeploy rolled"), "by whom?");
                Some(truth.deployment(rollback))
            }
            (None, None) => {
                assert!(self.says("kept all the traffic throughout"), "by whom?");
                None
            }
        };
        let at = by.map_or(self.ended(), |by| by.served.expect("the earlier version is back"));
        let serving = truth.serving_at(at);
        assert!(self.is_all(serving, return_to), "{serving:?} at {at:?}");
        if by.is_none() {
            let had = |share: &TrafficShare| Some(&share.task_set) == ours.task_set.as_ref();
            assert!(!truth.traffic.iter().any(|it| it.shares.iter().any(had)), "it had traffic");
        }
        let said = self.step().output("running-version");
        if self.story.desired == 0 {
            assert_eq!(said, "", "no task was wanted");
            return;
        }
        // What succeeded before what failed earlier is known by its definition alone.
        assert!(return_to == said || said.is_empty() && !was_serving, "{said}: {return_to}");
    }

    /// A deployment by this step of what ran before.
    fn is_the_way_back(&self, it: &CodeDeployDeployment, ours: &CodeDeployDeployment) -> bool {
        let mut created =
            self.step().requests.iter().filter(|it| it.operation == "CreateDeployment");
        it.id != ours.id && created.any(|made| made.response()["deploymentId"] == it.id.as_str())
    }

    /// What may be meant by "the earlier version": what served, unless its own deployment
    /// failed; then what succeeded last. And whether it is the former.
    fn returns_to(&self, ours: &CodeDeployDeployment) -> (&'static str, bool) {
        let truth = self.truth;
        let before = |it: &&CodeDeployDeployment| it.created < ours.created;
        let mut whole = truth.traffic.iter().filter(|it| it.since <= ours.created);
        let whole = whole.rfind(|it| it.shares.len() == 1).expect("something served");
        let maker = truth.deployments.iter().filter(before);
        let maker = maker
            .filter(|it| it.rolls_back.is_none())
            .find(|it| it.task_set.as_ref() == Some(&whole.shares[0].task_set));
        let failed = maker.is_some_and(|it| ["Failed", "Stopped"].contains(&it.status.as_str()));
        let succeeded = truth.deployments.iter().filter(before);
        let succeeded = succeeded
            .filter(|it| it.status == "Succeeded" && it.finished <= Some(ours.created))
            .max_by_key(|it| it.finished);
        let (returns_to, was_serving) = match succeeded {
            Some(last) if failed => (&last.task_definition, false),
            _ => (&whole.shares[0].task_definition, true),
        };
        let is_first = *returns_to == definition("web1:1");
        (if is_first { "1.4.1" } else { "1.5.0" }, was_serving)
    }

    /// Somebody tried, and the earlier version does not have all of the traffic.
    fn judge_a_failed_undo(&self, ours: &CodeDeployDeployment) {
        let truth = self.truth;
        let second = truth.deployments.iter().find(|it| self.is_the_way_back(it, ours));
        if self.story.does(Deed::DeletesTheService) {
            return;
        }
        let rollback = ours.rolled_back_by.as_ref().map(|id| truth.deployment(id));
        if let Some(way_back) = second.or(rollback)
            && let Some(back) =
                if self.story.is_blind { way_back.finished } else { way_back.served }
        {
            assert!(back + self.look() >= self.ended(), "it was back at {back:?}");
        }
        assert_ne!(self.step().output("running-version"), "1.4.2");
    }

    fn judge_a_timeout(&self, ours: &CodeDeployDeployment) {
        let took = self.step().took;
        assert!(took >= TIMEOUT, "it took {took:?}");
        if !self.story.has_gate() && self.story.earlier.is_none() {
            assert!(took <= TIMEOUT + self.look(), "it took {took:?}");
        }
        if self.is_quiet() {
            let seen = self.ended().saturating_sub(self.look());
            let good = self.good_at(ours);
            assert!(good.is_none_or(|it| it >= seen), "it was done at {good:?}");
            let over = ours.finished;
            let rolls_back = ours.rolled_back_by.is_some();
            assert!(rolls_back || over.is_none_or(|it| it + Duration::from_secs(60) >= seen));
        }
    }
}
