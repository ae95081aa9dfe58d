//! Scenes of a deployment that goes wrong, and how they are judged: by the exact
//! list of writes, and by what the simulated AWS really runs in the end.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Behaviour, Image, Service, ServiceBuilder};

use crate::scene::{Scene, Step};

/// The writes of a deployment, before anything is undone.
pub(crate) const DEPLOYED: [&str; 2] = ["RegisterTaskDefinition", "UpdateService"];

/// Between two looks at most: three seconds and 0.4 at random.
pub(crate) const INTERVAL: Duration = Duration::from_millis(3_400);

pub(crate) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// It starts and dies soon after.
pub(crate) fn crashes() -> Behaviour {
    Behaviour::Crashes { after: secs(2), exit_code: 1 }
}

/// Version 1.4.1 runs in two tasks, and tasks of 1.4.2 do `this`.
pub(crate) fn when_it(this: Behaviour) -> Scene {
    when_it_on(this, |service| service)
}

/// The same on a service that is `made` otherwise.
pub(crate) fn when_it_on(
    this: Behaviour,
    made: impl FnOnce(ServiceBuilder) -> ServiceBuilder,
) -> Scene {
    let scene = Scene::empty();
    let repository = scene.sim.repository("web1");
    repository.push("1.4.1", Image::linux_amd64().content("1.4.1"));
    let new = repository.push("1.4.2", Image::linux_amd64().content("1.4.2"));
    made(scene.sim.service("prod", "web1").running_version("1.4.1").desired(2)).start();
    scene.sim.behaves(&new, this);
    scene
}

impl Scene {
    /// What a tag of the repository `web1` names now.
    pub(crate) fn digest(&self, tag: &str) -> String {
        self.sim.repository("web1").digest(tag).expect("it was pushed")
    }

    /// Describes a revision of the family `web1` as ECS does.
    pub(crate) fn revision(&self, number: u32) -> Value {
        let body = json!({ "taskDefinition": format!("web1:{number}") });
        let answer = self.sim.call(Service::Ecs, "DescribeTaskDefinition", &body);
        answer.unwrap_or_default()["taskDefinition"].clone()
    }

    /// What became of a revision; empty where there is none.
    pub(crate) fn state_of(&self, number: u32) -> String {
        self.revision(number)["status"].as_str().unwrap_or_default().to_owned()
    }

    /// The digests that healthy tasks run, once what is still under way has come
    /// to its end.
    pub(crate) async fn runs_in_the_end(&self) -> Vec<String> {
        tokio::time::sleep(secs(600)).await;
        let running = self.sim.truth("prod", "web1").running;
        running.into_iter().filter_map(|it| it.digests.get("web1").cloned()).collect()
    }
}

impl Step {
    /// Proves how the step ended and exactly what it wrote, the first writes of
    /// every deployment left out.
    #[track_caller]
    pub(crate) fn ended(&self, result: &str, further_writes: &[&str]) {
        let code = if result == "deployed" { 0 } else { 1 };
        let said = format!("{}\n{}", self.log(), self.said("error"));
        assert_eq!((self.result(), self.code), (result, code), "{said}");
        let expected: Vec<&str> = DEPLOYED.iter().chain(further_writes).copied().collect();
        assert_eq!(self.writes(), expected, "{said}");
    }

    /// Proves that it was cancelled, and exactly what it had written until then.
    #[track_caller]
    pub(crate) fn cancelled(&self, further_writes: &[&str]) {
        let said = format!("{}\n{}", self.log(), self.said("error"));
        assert_eq!((self.result(), self.code), ("cancelled", 130), "{said}");
        let expected: Vec<&str> = DEPLOYED.iter().chain(further_writes).copied().collect();
        assert_eq!(self.writes(), expected, "{said}");
    }

    /// The bodies of all updates of the service, in their order.
    pub(crate) fn updates(&self) -> Vec<&Value> {
        let updates = self.requests.iter().filter(|it| it.operation == "UpdateService");
        updates.map(|it| &it.body).collect()
    }

    /// How often an operation was asked for.
    pub(crate) fn count(&self, operation: &str) -> usize {
        self.requests.iter().filter(|it| it.operation == operation).count()
    }
}
