//! What is decided, one sentence a test. A [`Case`] is a service at rest that
//! runs 1.4.1 by `web1:7`, and a request for 1.4.2; each test says what differs.

mod choosing;
mod definitions;
mod images;
mod planning;
mod points;
mod refusing;
mod standing;

use serde_json::{Value, json};

use super::{Base, CurrentState, Decision, Fact, Image, Images, NOT_LOOKED_FOR, Plan, decide};
use crate::ecs::tests::{deployment, service, service_deployment};
use crate::ecs::{ContainerImage, DigestSource, ServiceRevision, TaskDefinitionArn};
use crate::image::{Digest, Platform};
use crate::problem::Problem;
use crate::request::{AppRequest, Assignment, Target};
use crate::task_definition::TaskDefinition;
use crate::version::VersionName;

/// The repository that the service's image comes from.
const REPOSITORY: &str = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1";
/// The deployment that is there, and the revision that it runs.
const RUNNING: u32 = 7;
const REGISTER: [&str; 2] = ["register a new revision of web1", "update the service to it"];
const NOTHING: [&str; 1] = ["nothing: it already runs, healthy"];

/// What is asked for and what is found.
struct Case {
    request: AppRequest,
    found: CurrentState,
}

/// A digest that is easy to tell from others.
fn digest(digit: char) -> Digest {
    format!("sha256:{}", digit.to_string().repeat(64)).parse().expect("a digest")
}

fn arn(family: &str, revision: u32) -> TaskDefinitionArn {
    format!("arn:aws:ecs:eu-central-1:123456789012:task-definition/{family}:{revision}")
        .parse()
        .expect("the ARN of a task definition")
}

/// What ECS answers for a revision of `web1`.
fn described(revision: u32, containers: &Value) -> TaskDefinition {
    described_as(revision, "ACTIVE", containers)
}

fn described_as(revision: u32, status: &str, containers: &Value) -> TaskDefinition {
    let answer = json!({ "taskDefinition": {
        "taskDefinitionArn": arn("web1", revision).as_str(),
        "family": "web1",
        "revision": revision,
        "status": status,
        "requiresCompatibilities": ["FARGATE"],
        "containerDefinitions": containers,
    }});
    TaskDefinition::from_describe(answer.to_string().as_bytes()).expect("an answer of ECS")
}

/// The one container of `web1`, with the image of a version.
fn web1(version: &str) -> Value {
    json!([{
        "name": "web1",
        "image": format!("{REPOSITORY}:{version}"),
        "environment": [{ "name": "MODE", "value": "hush-blue" }],
    }])
}

fn request() -> AppRequest {
    let target = Target {
        region: "eu-central-1".parse().expect("a Region"),
        cluster: "prod".parse().expect("a cluster"),
        service: "web1".parse().expect("a service"),
    };
    AppRequest::with_defaults(target)
}

/// An image of the repository, for linux/amd64.
fn image(version: &str, digit: char) -> Image {
    Image {
        reference: format!("{REPOSITORY}:{version}").parse().expect("a reference"),
        digest: digest(digit),
        listed: Vec::new(),
        tag: Some(version.parse().expect("a tag")),
        version: Some(VersionName::of(&version.parse().expect("a tag"), None, None)),
        ran_as: None,
        commit: Err(NOT_LOOKED_FOR.to_owned()),
        platforms: Ok(vec![platform("amd64")]),
        has_run_here: false,
        warnings: Vec::new(),
        notices: Vec::new(),
    }
}

fn platform(architecture: &str) -> Platform {
    let config = json!({ "os": "linux", "architecture": architecture });
    Platform::from_image_config(config.to_string().as_bytes()).expect("a configuration")
}

/// What ECS resolved the container's tag to.
fn resolved(digit: char) -> Fact<Vec<ContainerImage>> {
    Fact::Known(vec![ContainerImage {
        container: "web1".to_owned(),
        image: format!("{REPOSITORY}:1.4.1"),
        digest: Some(digest(digit)),
        source: DigestSource::Ecs,
        pushed_at: None,
    }])
}

fn assignment(name: &str, value: &str) -> Assignment {
    Assignment { name: name.to_owned(), value: value.to_owned() }
}

impl Case {
    fn new() -> Self {
        let running = described(RUNNING, &web1("1.4.1"));
        let found = CurrentState {
            service: service([deployment(RUNNING, "PRIMARY", Some("COMPLETED"))]),
            codedeploy: None,
            serving: None,
            running_images: resolved('a'),
            current: Fact::Known(service_deployment(RUNNING, "SUCCESSFUL")),
            unseen: None,
            // Another than what runs, so that there always is a way back.
            last_good: Fact::Known(ServiceRevision {
                arn: service_deployment(RUNNING - 1, "SUCCESSFUL").target.expect("it has one"),
                task_definition: Some(arn("web1", RUNNING - 1)),
                images: Vec::new(),
            }),
            base: Base { definition: running.clone(), arn: Some(arn("web1", RUNNING)) },
            running,
            images: Images::only(vec!["web1".parse().expect("a container")], image("1.4.2", 'b')),
            package_name: None,
            version_at: None,
            rolled_back: Fact::Absent,
            rollback_source: None,
            newest: Fact::Known(arn("web1", RUNNING)),
            newest_was_left: false,
        };
        Self { request: request(), found }
    }

    /// The version that runs is the one that is asked for.
    fn of_what_runs() -> Self {
        Self::new().finding(|found| found.images.first.image = image("1.4.1", 'a'))
    }

    /// Another deployment, number 8, is in progress or just was.
    fn with_another_deployment(mut self, service_deployment_is: &str, rollout_state: &str) -> Self {
        self.found.service = service([
            deployment(RUNNING + 1, "PRIMARY", Some(rollout_state)),
            deployment(RUNNING, "ACTIVE", Some("COMPLETED")),
        ]);
        self.found.current = Fact::Known(service_deployment(RUNNING + 1, service_deployment_is));
        self
    }

    fn asking(mut self, change: impl FnOnce(&mut AppRequest)) -> Self {
        change(&mut self.request);
        self
    }

    fn finding(mut self, change: impl FnOnce(&mut CurrentState)) -> Self {
        change(&mut self.found);
        self
    }

    fn decision(&self) -> Result<Decision, Vec<Problem>> {
        decide(&self.request, &self.found)
    }

    fn plan(&self) -> Plan {
        match self.decision() {
            Ok(Decision::Go(plan)) => *plan,
            other => panic!("no plan: {other:?}"),
        }
    }

    fn waits_for(&self) -> Option<String> {
        match self.decision() {
            Ok(Decision::WaitFor(id)) => Some(id.to_string()),
            Ok(Decision::Go(_)) | Err(_) => None,
        }
    }

    /// The only problem.
    fn refusal(&self) -> Problem {
        let problems = self.decision().expect_err("a refusal");
        let [problem] = problems.as_slice() else { panic!("one problem: {problems:?}") };
        problem.clone()
    }
}

/// The steps of a plan, as it shows them.
fn steps(plan: &Plan) -> Vec<String> {
    plan.lines().iter().filter_map(|line| line.strip_prefix("- ")).map(str::to_owned).collect()
}

fn messages(problems: &[Problem]) -> Vec<&str> {
    problems.iter().map(|problem| problem.message.as_str()).collect()
}
