//! The whole action, as a workflow uses it: the real binary behind its JavaScript
//! entry, over sockets, against the served simulator in real time.
//!
//! What can be said in memory on virtual time is said there. Here stand the things
//! that only whole processes show: files, exit codes, signals, the runner's protocol.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use simulator::{Behaviour, Image, Pace, REGION, Server, ServiceBuilder, Simulator};

use crate::action::{Action, Run};
use crate::entry::without_execve;
use crate::hostile::active;

const PACKAGE: &str = "{\n  \"name\": \"@org/web1\",\n  \"version\": \"1.4.2\"\n}\n";

/// As `aws ecs describe-task-definition` prints it, and with a field from next year.
const DEFINITION: &str = r#"{
  "taskDefinition": {
    "taskDefinitionArn": "arn:aws:ecs:eu-central-1:123456789012:task-definition/web1:1",
    "family": "web1",
    "revision": 1,
    "status": "ACTIVE",
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE"],
    "cpu": "256",
    "memory": "512",
    "executionRoleArn": "arn:aws:iam::123456789012:role/ecsTaskExecutionRole",
    "containerDefinitions": [
      { "name": "web1", "image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:replaced",
        "essential": true, "x-unknownLimit": 1.50 },
      { "name": "proxy", "image": "public.ecr.aws/docker/library/envoy:1.31", "essential": false }
    ]
  }
}
"#;

/// A text that wants to be everything but text.
const HOSTILE: &str = "::error title=x::pwned\n::add-mask::web1\r\n##[error]pwned\n\
    result=deployed\n<img src=x onerror=pwned> [a](https://evil.example) | `c` |";

/// The service `web1` on 1.4.1, in an AWS that listens.
pub(crate) struct Production {
    pub(crate) aws: Simulator,
    server: Server,
}

impl Production {
    async fn at(pace: Pace) -> Self {
        Self::made(pace, |service| service).await
    }

    /// With a service that is `made` otherwise.
    pub(crate) async fn made(
        pace: Pace,
        made: impl FnOnce(ServiceBuilder) -> ServiceBuilder,
    ) -> Self {
        let aws = Simulator::in_real_time();
        aws.pace(pace);
        for version in ["1.4.1", "1.4.2"] {
            aws.repository("web1").push(version, Image::linux_amd64().content(version));
        }
        made(aws.service("prod", "web1").running_version("1.4.1").desired(2)).start();
        let server = aws.serve().await.expect("a port of 127.0.0.1 is free");
        Self { aws, server }
    }

    pub(crate) fn step(&self) -> Action {
        Action::released(Path::new(env!("CARGO_BIN_EXE_ecs-release")))
            .aws(self.server.url(), REGION)
            .file("package.json", PACKAGE)
            .input("cluster", "prod")
            .input("service", "web1")
    }

    fn writes(&self) -> Vec<String> {
        self.aws.writes().into_iter().map(|write| write.operation).collect()
    }
}

/// A rollout of about two seconds.
fn quick() -> Pace {
    Pace::real().faster(50.0)
}

pub(crate) fn output<'a>(run: &'a Run, name: &str) -> &'a str {
    run.outputs.get(name).map_or("", String::as_str)
}

pub(crate) fn errors(run: &Run) -> Vec<&str> {
    let errors = run.annotations.iter().filter(|it| it.level == "error");
    errors.map(|it| it.message.as_str()).collect()
}

/// What the annotations say that are not the product's own.
fn forged(run: &Run) -> Vec<&str> {
    let annotations = run.annotations.iter();
    let forged =
        annotations.filter(|it| it.properties.get("title").is_none_or(|it| it != "ecs-release"));
    forged.map(|it| it.message.as_str()).collect()
}

/// The outputs that `action.yml` promises.
fn promised() -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml");
    let text = std::fs::read_to_string(path).expect("action.yml can be read");
    let definition: Value = serde_saphyr::from_str(&text).expect("action.yml is YAML");
    definition["outputs"].as_object().expect("a map").keys().cloned().collect()
}

#[tokio::test]
async fn a_region_that_only_the_input_names_is_not_looked_for_in_the_network() {
    let metadata = TcpListener::bind("127.0.0.1:0").expect("a port of 127.0.0.1 is free");
    metadata.set_nonblocking(true).expect("a socket can be asked without waiting");
    let address = metadata.local_addr().expect("a bound socket has an address");
    let production = Production::at(quick()).await;
    let run = production
        .step()
        .without_variable("AWS_REGION")
        .without_variable("AWS_EC2_METADATA_DISABLED")
        .variable("AWS_EC2_METADATA_SERVICE_ENDPOINT", format!("http://{address}"))
        .input("region", REGION)
        .input("dry-run", "true")
        .run()
        .await;
    assert_eq!((output(&run, "result"), run.code), ("planned", 0), "{}", run.log);
    let asked = metadata.accept().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(asked, Err(ErrorKind::WouldBlock), "nobody asked the metadata service");
}

#[tokio::test]
async fn a_version_is_deployed_from_a_package_json_and_a_task_definition_file() {
    let production = Production::at(quick()).await;
    let action = production.step().file("deploy/web1.json", DEFINITION);
    let run = action.input("task-definition", "deploy/web1.json").run().await;

    assert_eq!((output(&run, "result"), run.code), ("deployed", 0), "{}", run.log);
    assert_eq!(production.writes(), ["RegisterTaskDefinition", "UpdateService"]);
    let truth = production.aws.truth("prod", "web1");
    let newest = truth.newest();
    assert_eq!(newest.status, "SUCCESSFUL");

    let digest = production.aws.repository("web1").digest("1.4.2").expect("1.4.2 was pushed");
    let image = production.aws.image("web1:1.4.2");
    let definition = "arn:aws:ecs:eu-central-1:123456789012:task-definition/web1";
    for (name, expected) in [
        ("version", "1.4.2"),
        ("previous-version", "1.4.1"),
        ("running-version", "1.4.2"),
        ("image", image.as_str()),
        ("image-tag", "1.4.2"),
        ("image-digest", digest.as_str()),
        ("task-definition-arn", &format!("{definition}:2")),
        ("task-definition-family", "web1"),
        ("task-definition-revision", "2"),
        ("previous-task-definition-arn", &format!("{definition}:1")),
        ("deployment-id", newest.deployment_id.as_str()),
        ("service-deployment-arn", newest.service_deployment_arn.as_str()),
    ] {
        assert_eq!(output(&run, name), expected, "{name}");
    }
    let seconds: u64 = output(&run, "duration-seconds").parse().expect("whole seconds");
    assert!(seconds <= run.took.as_secs(), "{seconds} s of {:?}", run.took);
    let report: Value = serde_json::from_str(output(&run, "report")).expect("the report is JSON");
    assert_eq!(report[0]["result"], "deployed");

    let set: BTreeSet<String> = run.outputs.keys().cloned().collect();
    let unset: Vec<_> = promised().difference(&set).cloned().collect();
    let elsewhere = [
        "any",
        "codedeploy-deployment-id",
        "count",
        "failure-reason",
        "github-deployment-id",
        "matrix",
        "one-off-task-arn",
        "page-file",
        "versions",
    ];
    assert_eq!(unset, elsewhere, "everything else is known after a success");
    let first_line = run.summary.lines().next().unwrap_or_default();
    assert!(first_line.contains("web1 runs 1.4.2"), "{}", run.summary);
    assert_eq!(errors(&run), [""; 0]);
}

#[tokio::test]
async fn the_second_run_of_the_same_deploy_is_unchanged_and_writes_nothing() {
    let production = Production::at(quick()).await;
    assert_eq!(output(&production.step().run().await, "result"), "deployed");
    production.aws.forget_requests();
    let again = production.step().run().await;
    assert_eq!((output(&again, "result"), again.code), ("unchanged", 0), "{}", again.log);
    assert_eq!(production.writes(), [""; 0]);
}

#[tokio::test]
async fn wrong_inputs_are_all_named_before_any_call_and_end_with_2() {
    let production = Production::at(quick()).await;
    let step = production.step().input("wait", "flase").input("timeout", HOSTILE);
    let run = step.input("verison", "1.4.2").run().await;
    assert_eq!((output(&run, "result"), run.code), ("refused", 2), "{}", run.log);
    for input in ["wait", "timeout", "verison"] {
        let named = |message: &&str| message.contains(&format!("`{input}`"));
        assert_eq!(errors(&run).iter().filter(|it| named(it)).count(), 1, "{input}: {}", run.log);
        assert!(run.summary.contains(input), "{input}: {}", run.summary);
    }
    assert_eq!(forged(&run), [""; 0]);
    assert_eq!(production.aws.requests().len(), 0);
}

#[tokio::test]
async fn a_version_without_an_image_is_refused_with_the_nearest_ones() {
    let production = Production::at(quick()).await;
    let run = production.step().input("version", "1.4.3").run().await;
    assert_eq!((output(&run, "result"), run.code), ("refused", 1), "{}", run.log);
    let [error] = errors(&run)[..] else { panic!("one error is enough: {}", run.log) };
    assert!(error.contains("1.4.3") && error.contains("1.4.2"), "{error}");
    assert!(output(&run, "failure-reason").contains("1.4.3"), "{:?}", run.outputs);
    assert!(run.summary.contains("1.4.3") && run.summary.contains("1.4.2"), "{}", run.summary);
    assert_eq!(production.writes(), [""; 0]);
}

#[tokio::test]
async fn what_others_wrote_stays_text_in_log_outputs_and_summary() {
    let production = Production::at(quick()).await;
    let digest = production.aws.repository("web1").digest("1.4.2").expect("1.4.2 was pushed");
    let reason = HOSTILE.to_owned();
    production.aws.behaves(&digest, Behaviour::CannotBePlaced { reason });
    let in_one_line = HOSTILE.replace(['\n', '\r'], " ");
    let run = production.step().input("reason", in_one_line).input("timeout", "5s").run().await;

    assert_eq!((output(&run, "result"), run.code), ("timed-out", 1), "{}", run.log);
    assert!(run.log.contains("pwned"), "the event is shown:\n{}", run.log);
    // Reading the log for annotations has failed already if it held another
    // command than ours.
    assert_eq!(forged(&run), [""; 0]);
    let unknown: Vec<_> = run.outputs.keys().filter(|name| !promised().contains(*name)).collect();
    assert_eq!(unknown, [""; 0]);
    assert!(run.summary.contains("pwned"), "the event is shown:\n{}", run.summary);
    assert_eq!(active(&run.summary), [], "{}", run.summary);
}

#[tokio::test]
async fn a_cancelled_step_reports_in_time_and_leaves_the_rollout_to_ecs() {
    let production = Production::at(Pace::real()).await;
    let step = production.step().start();
    step.until("updated the service").await;
    // Into the first wait between two looks.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let cancelled = std::time::Instant::now();
    let run = step.cancel().await;

    assert!(cancelled.elapsed() < Duration::from_secs(7), "{:?}", cancelled.elapsed());
    assert_eq!((output(&run, "result"), run.code), ("cancelled", 130), "{}", run.log);
    let truth = production.aws.truth("prod", "web1");
    let deployment = truth.newest();
    assert!(["PENDING", "IN_PROGRESS"].contains(&deployment.status.as_str()), "{deployment:?}");
    assert_eq!(output(&run, "deployment-id"), deployment.deployment_id);
    let [error] = errors(&run)[..] else { panic!("one error is enough: {}", run.log) };
    assert!(error.contains("aws ecs stop-service-deployment"), "how to stop it: {error}");
    assert!(run.summary.contains(&deployment.deployment_id), "{}", run.summary);
    assert_eq!(production.writes(), ["RegisterTaskDefinition", "UpdateService"]);
}

/// A script is always a child of node, so the entry's tests say nothing of this.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn node_makes_way_for_the_binary_where_it_can_and_a_cancel_reaches_it_either_way() {
    let asked = Command::new("node").args(["-p", "typeof process.execve"]).output();
    let can = asked.expect("node is installed").stdout == b"function\n";
    for makes_way in [can, false] {
        let production = Production::at(Pace::real()).await;
        let step = production.step().input("tag-template", "{version}");
        let step = if makes_way { step } else { without_execve(step) }.start();
        step.until("updated the service").await;
        let program = step.program();
        let program = program.file_name().and_then(|it| it.to_str()).unwrap_or_default();
        assert_eq!(program.starts_with("ecs-release-linux-"), makes_way, "it runs {program}");
        let run = step.cancel().await;
        assert_eq!((output(&run, "result"), run.code), ("cancelled", 130), "{}", run.log);
        assert_eq!(errors(&run).len(), 1, "{}", run.log);
    }
}
