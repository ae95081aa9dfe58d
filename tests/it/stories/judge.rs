//! What must be true of every step, whatever happened to it.

use std::time::Duration;

use simulator::TrafficShare;

use super::Played;

impl Played {
    /// A result, and its exit code.
    pub(super) fn judge_the_exit(&self) {
        let result = self.step.result();
        assert_ne!(result, "", "there is a result");
        let code = match result {
            "deployed" | "rolled-back" | "unchanged" => 0,
            "cancelled" => 130,
            _ => 1,
        };
        assert_eq!(self.step.code, code, "the exit code of {result}");
    }

    /// What runs as the step ends: the digests of what gets traffic from CodeDeploy, or
    /// else of healthy tasks.
    pub(super) fn running(&self) -> Vec<&str> {
        match &self.codedeploy {
            Some(group) => group.truth.serving().iter().filter_map(digest).collect(),
            None => {
                let digests = self.truth.running.iter().filter_map(|it| it.digests.get("web1"));
                digests.map(String::as_str).collect()
            }
        }
    }

    /// What is said to run does; with `or_none` there need not be tasks.
    pub(super) fn judge_the_version(&self, or_none: bool) {
        let version = self.step.output("running-version");
        if version.is_empty() || or_none && self.running().is_empty() {
            return;
        }
        let (digest, runs) = (&*self.built[version], self.running());
        assert!(runs.contains(&digest), "{version} does not run: {runs:?}");
    }

    /// How the traffic went from this time to the end of the step, oldest first; with
    /// `is_whole` the moments are left out at which it was shared.
    pub(super) fn traffic_since(
        &self,
        since: Duration,
        is_whole: bool,
    ) -> impl Iterator<Item = &[TrafficShare]> {
        let traffic = self.codedeploy.iter().flat_map(|it| &it.truth.traffic);
        let traffic = traffic.filter(move |it| !is_whole || it.shares.len() == 1);
        let until = traffic.clone().skip(1).map(|it| it.since).chain([Duration::MAX]);
        traffic.zip(until).filter(move |it| it.1 >= since).map(|it| &*it.0.shares)
    }
}

fn digest(share: &TrafficShare) -> Option<&str> {
    share.digests.get("web1").map(String::as_str)
}
