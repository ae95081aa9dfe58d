//! MiniStack on loopback: a second AWS by others, one that has rollouts.
//!
//! It counts failures, triggers the circuit breaker and goes back by itself; its tasks run
//! digests that it has resolved from its own registry. MiniStack is as it is published: what
//! it asks Docker for is played by `tests/tools/engine.py`, which starts nothing. Where it
//! differs from AWS, AWS's documentation counts:
//!
//! - `ListServiceDeployments`, `DescribeServiceDeployments` and `DescribeServiceRevisions` are
//!   always empty. So a deployment is followed by the service's own list, `previous` is not
//!   known, and no version has a past.
//! - `StopServiceDeployment` and `ContinueServiceDeployment` are unknown.
//! - `startedBy` of a task is the name of its service. To AWS it is the id of the deployment;
//!   so nobody can say here which deployment a task belongs to: what its tasks died of is not
//!   told, and which digest runs is not confirmed.
//! - The number in the id of a deployment is hexadecimal.
//! - The reason of a failure and the events are in words of its own, and no event names its
//!   deployment.
//! - A deployment that failed stays in `deployments` for ever.
//! - The first deployment of a service is `COMPLETED` before a task of it runs.
//! - A task definition has `""` and `null` where AWS leaves a member out, and loses members
//!   that MiniStack does not know.
//! - ECR tells the time of a push in whole seconds, and leaves an image that is not there out
//!   of `DescribeImages` without an error.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use aws_sdk_ecr::types::ImageIdentifier;
use aws_sdk_ecs::types::{
    AwsVpcConfiguration, Compatibility, ContainerDefinition, DeploymentCircuitBreaker,
    DeploymentConfiguration, DeploymentRolloutState, LaunchType, NetworkConfiguration, NetworkMode,
    Service, TaskDefinitionStatus,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::action::{Action, Run};
use crate::python;
use crate::released::{errors, output};

const REGION: &str = "eu-central-1";
const REGISTRY: &str = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// The address of the one server that all tests share, each with a service of its own.
fn ministack() -> &'static str {
    // It ends with its standard input, which ends with the process of the tests.
    static SERVER: OnceLock<(Child, String)> = OnceLock::new();
    let (_, address) = SERVER.get_or_init(|| {
        let server = python::ministack().stderr(Stdio::null()).spawn();
        let mut server = server.expect("MiniStack can be started");
        let stdout = server.stdout.take().expect("MiniStack's standard output is a pipe");
        let mut port = String::new();
        BufReader::new(stdout).read_line(&mut port).expect("MiniStack says its port");
        let port: u16 = port.trim().parse().expect("it listens: tests/tools/ministack_server.py");
        (server, format!("127.0.0.1:{port}"))
    });
    address
}

/// A service of one task and its repository, both of this name. Tasks of 1.4.3 exit with 3.
struct Shop {
    name: &'static str,
    ecs: aws_sdk_ecs::Client,
    ecr: aws_sdk_ecr::Client,
}

impl Shop {
    /// The service runs this version, and has a circuit breaker.
    async fn on(version: &str, name: &'static str, rolls_back: bool) -> Self {
        use aws_sdk_ecs::config::{Credentials, SharedCredentialsProvider};
        let credentials = Credentials::new("id", "key", None, None, "test");
        let config = aws_config::SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::v2026_01_12())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .endpoint_url(format!("http://{}", ministack()))
            .region(aws_config::Region::new(REGION))
            .build();
        let (ecs, ecr) = (aws_sdk_ecs::Client::new(&config), aws_sdk_ecr::Client::new(&config));
        let shop = Self { name, ecs, ecr };
        let made = shop.ecs.create_cluster().cluster_name("prod").send().await;
        made.expect("MiniStack has clusters, and one of this name once");
        let made = shop.ecr.create_repository().repository_name(name).send().await;
        made.expect("MiniStack has repositories");
        for (tag, annotations) in
            [("1.4.1", json!({})), ("1.4.2", json!({})), ("1.4.3", json!({ "exits-with": "3" }))]
        {
            shop.push(tag, &annotations).await;
        }
        shop.create(version, rolls_back).await;
        shop
    }

    /// Pushes an image as Docker does: by the protocol of registries.
    async fn push(&self, tag: &str, annotations: &Value) {
        // No two versions are the same image.
        let child = format!("sha256:{:0<64}", tag.replace('.', ""));
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "annotations": annotations,
            "manifests": [{ "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "digest": child, "size": 2,
                "platform": { "os": "linux", "architecture": "amd64" } }] })
        .to_string();
        let request = format!(
            "PUT /v2/{}/manifests/{tag} HTTP/1.1\r\nHost: {REGISTRY}\r\nContent-Type: {INDEX}\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{index}",
            self.name,
            index.len()
        );
        let registry = tokio::net::TcpStream::connect(ministack()).await;
        let mut registry = registry.expect("MiniStack listens");
        registry.write_all(request.as_bytes()).await.expect("MiniStack reads");
        let mut answer = String::new();
        registry.read_to_string(&mut answer).await.expect("MiniStack answers");
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    }

    async fn create(&self, version: &str, rolls_back: bool) {
        let container = ContainerDefinition::builder().name("app").image(self.image(version));
        let definition = self.ecs.register_task_definition().family(self.name);
        let definition = definition.requires_compatibilities(Compatibility::Fargate);
        let definition = definition.network_mode(NetworkMode::Awsvpc).cpu("256").memory("512");
        let definition = definition.container_definitions(container.build());
        definition.send().await.expect("MiniStack has task definitions");

        let network = AwsVpcConfiguration::builder().subnets("subnet-1").build();
        let network = network.expect("a subnet is enough");
        let breaker = DeploymentCircuitBreaker::builder().enable(true).rollback(rolls_back).build();
        let service = self.ecs.create_service().cluster("prod").service_name(self.name);
        let service = service.task_definition(self.name).desired_count(1);
        let service = service.launch_type(LaunchType::Fargate).network_configuration(
            NetworkConfiguration::builder().awsvpc_configuration(network).build(),
        );
        let service = service.deployment_configuration(
            DeploymentConfiguration::builder().deployment_circuit_breaker(breaker).build(),
        );
        service.send().await.expect("MiniStack has services");
        let running = async {
            while self.service().await.running_count() < 1 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(30), running).await.expect("MiniStack starts a task");
    }

    fn image(&self, tag: &str) -> String {
        format!("{REGISTRY}/{}:{tag}", self.name)
    }

    /// Runs the released action as a step with these inputs.
    async fn step(&self, inputs: &[(&str, &str)]) -> Run {
        let step = Action::released(Path::new(env!("CARGO_BIN_EXE_ecs-release")))
            .aws(&format!("http://{}", ministack()), REGION)
            .input("cluster", "prod")
            .input("service", self.name);
        inputs.iter().fold(step, |step, (name, value)| step.input(name, *value)).run().await
    }

    async fn service(&self) -> Service {
        let found = self.ecs.describe_services().cluster("prod").services(self.name).send().await;
        let found = found.expect("MiniStack describes services");
        found.services().first().expect("it was created").clone()
    }

    /// The digest that ECR has for a tag.
    async fn digest(&self, tag: &str) -> String {
        let id = ImageIdentifier::builder().image_tag(tag).build();
        let found = self.ecr.describe_images().repository_name(self.name).image_ids(id).send();
        let found = found.await.expect("MiniStack describes images");
        found.image_details()[0].image_digest().expect("it has one").to_owned()
    }

    /// The digests that the running tasks were started from.
    async fn runs(&self) -> Vec<String> {
        let listed = self.ecs.list_tasks().cluster("prod").service_name(self.name).send().await;
        let arns = listed.expect("MiniStack lists tasks").task_arns.unwrap_or_default();
        let found = self.ecs.describe_tasks().cluster("prod").set_tasks(Some(arns)).send().await;
        let tasks = found.expect("MiniStack describes tasks").tasks.unwrap_or_default();
        let containers = tasks.iter().flat_map(|task| task.containers());
        containers.map(|it| it.image_digest().unwrap_or_default().to_owned()).collect()
    }

    /// Proves which revisions there are, those that were deregistered last.
    async fn has_revisions(&self, active: &[u32], inactive: &[u32]) {
        for (status, revisions) in
            [(TaskDefinitionStatus::Active, active), (TaskDefinitionStatus::Inactive, inactive)]
        {
            let listed = self.ecs.list_task_definitions().family_prefix(self.name);
            let listed = listed.status(status.clone()).send().await;
            let listed = listed.expect("MiniStack lists task definitions");
            let expected: Vec<String> = revisions.iter().map(|it| self.definition(*it)).collect();
            assert_eq!(listed.task_definition_arns(), expected, "{status}");
        }
    }

    fn definition(&self, revision: u32) -> String {
        format!("arn:aws:ecs:{REGION}:123456789012:task-definition/{}:{revision}", self.name)
    }

    /// Proves that the service is, and stays, as it was created.
    async fn is_untouched(&self) {
        self.has_revisions(&[1], &[]).await;
        let service = self.service().await;
        assert_eq!(service.task_definition(), Some(self.definition(1).as_str()));
        assert_eq!((service.deployments().len(), service.events().len()), (1, 0));
    }
}

fn ended(run: &Run, result: &str, code: i32) {
    assert_eq!((output(run, "result"), run.code), (result, code), "{}", run.log);
}

#[tokio::test]
async fn a_deployment_runs_the_digest_that_ecr_has_for_the_tag() {
    let shop = Shop::on("1.4.1", "deployed", true).await;
    let run = shop.step(&[("version", "1.4.2")]).await;
    ended(&run, "deployed", 0);
    assert_eq!(errors(&run), [""; 0]);

    let (service, digest) = (shop.service().await, shop.digest("1.4.2").await);
    let [deployment] = service.deployments() else { panic!("{:?}", service.deployments()) };
    for (name, expected) in [
        ("version", "1.4.2"),
        ("previous-version", "1.4.1"),
        ("running-version", "1.4.2"),
        ("image", &shop.image("1.4.2")),
        ("image-digest", &digest),
        ("task-definition-arn", &shop.definition(2)),
        ("previous-task-definition-arn", &shop.definition(1)),
        ("deployment-id", deployment.id().unwrap_or_default()),
    ] {
        assert_eq!(output(&run, name), expected, "{name}");
    }
    assert_eq!(deployment.rollout_state(), Some(&DeploymentRolloutState::Completed));
    assert_eq!(service.task_definition(), Some(shop.definition(2).as_str()));
    assert_eq!(shop.runs().await, [digest]);
    shop.has_revisions(&[1, 2], &[]).await;
}

#[tokio::test]
async fn a_digest_that_runs_already_is_not_deployed_again() {
    let shop = Shop::on("1.4.1", "unchanged", true).await;
    let image = format!("{REGISTRY}/unchanged@{}", shop.digest("1.4.2").await);
    let run = shop.step(&[("image", &image)]).await;
    ended(&run, "deployed", 0);
    assert!(!run.log.contains("could not be confirmed"), "nothing else can run: {}", run.log);
    let before = shop.service().await;
    ended(&shop.step(&[("image", &image)]).await, "unchanged", 0);
    let after = shop.service().await;
    assert_eq!(after.deployments()[0].id(), before.deployments()[0].id());
    assert_eq!(after.events().len(), before.events().len());
    shop.has_revisions(&[1, 2], &[]).await;
}

#[tokio::test]
async fn a_tag_that_ecr_lacks_is_refused_before_anything_is_written() {
    let shop = Shop::on("1.4.1", "refused", true).await;
    let run = shop.step(&[("version", "1.4.9")]).await;
    ended(&run, "refused", 1);
    let [error] = errors(&run)[..] else { panic!("one error is enough: {}", run.log) };
    assert!(error.contains("there is no image v1.4.9 or 1.4.9 in"), "{error}");
    shop.is_untouched().await;
}

/// The reason is MiniStack's own, and the way back its own rollback, where it has one.
#[tokio::test]
async fn what_the_circuit_breaker_gave_up_is_told_with_its_reason_and_undone() {
    tokio::join!(
        given_up("rolled-back-by-ecs", true, "1.4.1 was restored by ECS's own rollback"),
        given_up("updated-back", false, "1.4.1 was restored by a new deployment"),
    );
}

async fn given_up(name: &'static str, rolls_back: bool, way: &str) {
    let shop = Shop::on("1.4.1", name, rolls_back).await;
    let run = shop.step(&[("version", "1.4.3")]).await;
    ended(&run, "undone", 1);
    let reason = output(&run, "failure-reason");
    let own = "ECS deployment circuit breaker was triggered after 3 consecutive task failures.";
    assert!(reason.contains(own), "{reason}");
    assert!(run.summary.contains(way), "{}", run.summary);
    assert_eq!(output(&run, "running-version"), "1.4.1");

    let service = shop.service().await;
    let id = output(&run, "deployment-id");
    let failed = service.deployments().iter().find(|it| it.id() == Some(id));
    let failed = failed.expect("MiniStack keeps what failed");
    assert_eq!(failed.rollout_state(), Some(&DeploymentRolloutState::Failed));
    assert_eq!((failed.failed_tasks(), failed.running_count()), (3, 0));
    assert_eq!(service.task_definition(), Some(shop.definition(1).as_str()));
    let digest = shop.digest("1.4.1").await;
    assert_eq!(shop.runs().await, [digest]);
    shop.has_revisions(&[1], &[2]).await;
}

#[tokio::test]
async fn a_rollback_brings_a_version_that_is_named_and_does_not_guess_the_previous_one() {
    let shop = Shop::on("1.4.2", "brought-back", true).await;
    let run = shop.step(&[("command", "rollback"), ("version", "previous")]).await;
    ended(&run, "refused", 1);
    let reason = output(&run, "failure-reason");
    assert!(reason.contains("ECS lists no deployment of this service"), "{reason}");
    shop.is_untouched().await;

    let run = shop.step(&[("command", "rollback"), ("version", "1.4.1")]).await;
    ended(&run, "rolled-back", 0);
    assert!(run.summary.starts_with("### ✅ brought-back is back on 1.4.1; 1.4.2 was removed"));
    assert!(run.log.contains("no deployment on record succeeded"), "{}", run.log);
    let digest = shop.digest("1.4.1").await;
    assert_eq!(output(&run, "image-digest"), digest);
    assert_eq!(shop.runs().await, [digest]);
    shop.has_revisions(&[1, 2], &[]).await;
}

#[tokio::test]
async fn what_only_reads_says_what_is_there_and_changes_nothing() {
    let shop = Shop::on("1.4.1", "looked-at", true).await;
    let run = shop.step(&[("command", "list")]).await;
    ended(&run, "listed", 0);
    assert_eq!(output(&run, "running-version"), "1.4.1");
    let versions: Value = serde_json::from_str(output(&run, "versions")).expect("JSON");
    let versions = versions.as_array().expect("a list");
    for tag in ["1.4.1", "1.4.2", "1.4.3"] {
        let version = versions.iter().find(|it| it["version"] == tag).expect("it was pushed");
        assert_eq!(version["image-digest"], json!(shop.digest(tag).await));
        assert_eq!(
            (&version["usable"], &version["platforms"]),
            (&json!(true), &json!(["linux/amd64"]))
        );
    }
    assert_eq!(versions.len(), 3);

    let run = shop.step(&[("command", "status"), ("version", "1.4.2")]).await;
    ended(&run, "listed", 0);
    assert_eq!(output(&run, "running-version"), "1.4.1");

    let run = shop.step(&[("command", "verify"), ("version", "1.4.2")]).await;
    ended(&run, "verified", 0);
    assert_eq!(output(&run, "image-digest"), shop.digest("1.4.2").await);
    assert!(!run.log.contains("not checked"), "a definition without roles needs none: {}", run.log);
    let run = shop.step(&[("command", "verify"), ("version", "1.4.9")]).await;
    ended(&run, "refused", 1);
    shop.is_untouched().await;
}
