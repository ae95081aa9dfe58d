//! Sentences about why a deployment failed: from what the simulated AWS answers to
//! the first line of the error and the first screen of the summary.

use std::fmt::Write;

use expect_test::{Expect, expect};
use simulator::{Act, Behaviour, Fault, HealthCheck, Service, When};

use crate::hostile::active;
use crate::scene::{Scene, Step, crashes, secs, when_it, when_it_on};

/// The reason and the next move, after proving that both stand where a person
/// looks first: in the one error, and at the top of the summary.
fn first_screen(step: &Step) -> String {
    let error = step.said("error");
    let reason = step.output("failure-reason");
    let (headline, next) = error.split_once('\n').expect("every failure has a next move");
    assert!(headline.ends_with(&format!(": {reason}")), "{error}");
    let titles: Vec<&str> = step
        .summary
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| line.split_inclusive(":**").next().unwrap_or_default())
        .take(3)
        .collect();
    assert_eq!(titles[1..], ["**Why:**", "**Next:**"], "{}", step.summary);
    assert!(titles[0].starts_with("### ❌ 1.4.2 "), "{}", step.summary);
    format!("{reason}\n→ {next}")
}

/// What is said of tasks that stop for each of these reasons.
async fn explained(reasons: &[&str], expected: Expect) {
    let mut said = String::new();
    for reason in reasons {
        let scene = when_it(Behaviour::FailsToStart { reason: (*reason).to_owned() });
        let step = scene.deploy(&[]).await;
        step.is("undone");
        let screen = first_screen(&step);
        // What follows is the same for all of them.
        let (cause, rest) = screen.split_once("; the deployment counts as failed: ").expect(reason);
        let (_, next) = rest.split_once('\n').expect("every failure has a next move");
        writeln!(said, "{cause}\n{next}").expect("a string can be written");
    }
    expected.assert_eq(&said);
}

#[tokio::test(start_paused = true)]
async fn an_image_that_can_not_be_pulled() {
    explained(
        &[
            "CannotPullContainerError: failed to resolve ref 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:1.4.2: not found",
            "CannotPullContainerError: image Manifest does not contain descriptor matching platform 'linux/amd64'",
            "CannotPullContainerError: pull image manifest has been retried 5 time(s): 403 Forbidden",
            "CannotPullContainerError: pull image manifest has been retried 5 time(s): dial tcp 10.0.0.1:443: i/o timeout",
            "CannotPullContainerError: toomanyrequests: You have reached your pull rate limit",
            "CannotPullContainerError: write /var/lib/containerd/tmp: no space left on device",
            "CannotPullContainerError: failed to normalize image reference \"web1:\"",
        ],
        expect![[r#"
            The image 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:1.4.2 is not in its registry
            → Push it, or deploy a version that is there; a lifecycle policy may have deleted or archived it
            The image 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:1.4.2 is not built for linux/amd64
            → Build it for linux/amd64, or set runtimePlatform in the task definition to the image's
            The task is not allowed to pull the image 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:1.4.2
            → Grant the execution role (Fargate) or the instance role (EC2) ecr:GetAuthorizationToken, ecr:BatchGetImage and ecr:GetDownloadUrlForLayer; a repository of another account needs a policy too
            The task can't reach the registry of the image 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:1.4.2
            → Give its subnets a route there: a public IP address, a NAT gateway, or for ECR the endpoints ecr.api, ecr.dkr and S3; and allow outbound traffic on port 443 in its security groups
            The registry allows no more pulls of the image 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:1.4.2 for now: its rate limit is reached
            → Sign in to the registry with repositoryCredentials, or pull through an ECR pull-through cache
            The disk of the task is full
            → Raise ephemeralStorage (Fargate) or enlarge the instance's disk (EC2), or make the image smaller
            The image web1: of the task definition is not a valid reference
            → Correct `image` in the task definition: a tag may be empty, or a placeholder left over
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_task_that_can_not_be_set_up() {
    explained(
        &[
            "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve secret from asm: failed to fetch secret arn:aws:secretsmanager:eu-central-1:123456789012:secret:web1/db-AbCdEf from secrets manager: AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/ecsTaskExecutionRole/0a1b is not authorized to perform: secretsmanager:GetSecretValue",
            "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve secret from asm: failed to fetch secret arn:aws:secretsmanager:eu-central-1:123456789012:secret:web1/db-AbCdEf: ResourceNotFoundException: Secrets Manager can't find the specified secret.",
            "ResourceInitializationError: unable to pull secrets or registry auth: RequestCanceled: request context canceled caused by: context deadline exceeded",
            "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: ResourceNotFoundException: The specified log group does not exist.",
            "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: mount.nfs4: Connection timed out",
            "CannotStartContainerError: exec: \"/app/serve\": stat /app/serve: no such file or directory",
            "Timeout waiting for network interface provisioning to complete.",
            "ECS was unable to assume the role 'arn:aws:iam::123456789012:role/ecsTaskExecutionRole' that was provided for this task.",
        ],
        expect![[r#"
            The role ecsTaskExecutionRole is not allowed to read the secret web1/db-AbCdEf
            → Grant it secretsmanager:GetSecretValue, and kms:Decrypt if your own key encrypts it
            The secret web1/db-AbCdEf does not exist
            → Correct valueFrom in the task definition, or create it in the Region of the service
            The task can't reach Secrets Manager or Systems Manager to read its secrets
            → Give its subnets a route there: a public IP address, a NAT gateway, or the endpoints secretsmanager, ssm and kms; and allow outbound traffic on port 443 in its security groups
            The log group of the task definition does not exist
            → Create it, or set awslogs-create-group to true and grant the execution role logs:CreateLogGroup
            The EFS file system could not be mounted
            → Open port 2049 from the tasks to its mount targets, and check the access point, the policy and the VPC's DNS
            The command /app/serve is not in the image 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web1:1.4.2
            → Correct entryPoint or command in the task definition, or the image
            No network interface could be set up for the task in time
            → Deploy again; if it happens again, check the limits and free IP addresses of the subnets
            ECS can't assume the role ecsTaskExecutionRole
            → Check that the role exists and that its trust policy names ecs-tasks.amazonaws.com
        "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_task_that_ran_and_died() {
    let exits = |exit_code| Behaviour::Crashes { after: secs(2), exit_code };
    let unhealthy = |check| Behaviour::FailsHealthChecks { after: secs(9), check };
    let mut said = String::new();
    for behaviour in [
        exits(0),
        exits(1),
        exits(127),
        exits(139),
        Behaviour::RunsOutOfMemory { after: secs(2) },
        unhealthy(HealthCheck::Container),
        unhealthy(HealthCheck::LoadBalancer),
    ] {
        let scene = when_it_on(behaviour, |service| service.load_balancer().circuit_breaker(true));
        scene.sim.logs(&scene.digest("1.4.2"), &["listening on 8080"]);
        let step = scene.deploy(&[]).await;
        step.is("undone");
        let screen = first_screen(&step);
        let (cause, rest) = screen.split_once("; ECS rolled the deployment back: ").expect(&screen);
        let (_, next) = rest.split_once('\n').expect("every failure has a next move");
        writeln!(said, "{cause}\n{next}").expect("a string can be written");
    }
    expect![[r#"
        The container web1 exited by itself, without an error
        → Make it run a server in the foreground, or set essential to false if it is meant to exit
        The container web1 exited with code 1
        → Read its last log lines
        The command of the container web1 was not found (exit code 127)
        → Correct entryPoint or command: the program has to be in the image and on its PATH
        The container web1 crashed with a segmentation fault (exit code 139)
        → Check that the native libraries in the image match its CPU and its C library. Read its last log lines
        The container web1 ran out of memory and was killed
        → Raise the memory of the container or of the task, or find what uses it
        The tasks fail the health check of their container
        → Check that the command of healthCheck exists in the image and answers within its timeout, and that startPeriod is long enough
        The health check of the target group web1 on port 8080 is answered with 500
        → Correct the path or the accepted codes of the health check, or what the application answers there
    "#]].assert_eq(&said);
}

/// There is no task to ask, and ECS may have said it before the deployment only.
#[tokio::test(start_paused = true)]
async fn a_task_that_finds_no_place() {
    let scene = when_it(Behaviour::CannotBePlaced {
        reason: "Capacity is unavailable at this time. Please try again later or in a different \
                 availability zone."
            .to_owned(),
    });
    let step = scene.deploy(&[("timeout", "5m")]).await;
    step.is("timed-out");
    expect![[r#"
        AWS has no capacity for the task in its Availability Zones at this time; the deployment did not finish before the timeout; last seen: in progress: 0 of 2 tasks run
        → Give the service subnets in more Availability Zones, or deploy again later. ECS continues the deployment. To stop it and roll back: `aws ecs stop-service-deployment --region eu-central-1 --service-deployment-arn ARN --stop-type ROLLBACK`"#]].assert_eq(&first_screen(&step).replace(&arn(&scene), "ARN"));

    // The same again: ECS does not repeat the event.
    let again =
        scene.deploy(&[("timeout", "5m"), ("in-flight", "replace"), ("on-timeout", "undo")]);
    let again = again.await;
    again.says("summary", "**Older event**");
    let reason = again.output("failure-reason");
    assert!(reason.starts_with("AWS has no capacity for the task"), "{reason}");
}

fn arn(scene: &Scene) -> String {
    scene.sim.truth("prod", "web1").newest().service_deployment_arn.clone()
}

/// Everything at once: dead tasks with a log, behind a load balancer that does
/// not like them.
fn whole() -> Scene {
    let scene = when_it_on(
        Behaviour::FailsHealthChecks { after: secs(20), check: HealthCheck::LoadBalancer },
        // Without the load balancer's word only ECS can end it.
        |service| service.load_balancer().circuit_breaker(false),
    );
    scene.sim.logs(&scene.digest("1.4.2"), &["GET /health 500"]);
    scene
}

/// Each part of an explanation, by what shows it in the summary.
const PARTS: [(&str, &str); 3] = [
    ("tasks", "| stopped tasks |"),
    ("log", "GET /health 500"),
    ("targets", "| `Target.ResponseCodeMismatch` |"),
];

#[tokio::test(start_paused = true)]
async fn a_permission_that_is_missing_takes_its_own_part_and_is_named() {
    for (denied, permission, lost) in [
        ("", "", [].as_slice()),
        ("GetLogEvents", "logs:GetLogEvents", &["log"]),
        ("DescribeTargetHealth", "elasticloadbalancing:DescribeTargetHealth", &["targets"]),
        // Whose log and whose target it is follows from the task.
        ("DescribeTasks", "ecs:DescribeTasks", &["tasks", "log"]),
        ("ListTasks", "ecs:ListTasks", &["tasks", "log"]),
        ("DescribeServiceDeployments", "ecs:DescribeServiceDeployments", &[]),
    ] {
        let scene = whole();
        if !denied.is_empty() {
            scene.sim.fault(denied, When::Always, Fault::AccessDenied);
        }
        let step = scene.deploy(&[("on-failure", "keep"), ("timeout", "3m")]).await;
        assert!(["failed", "timed-out"].contains(&step.result()), "{denied}: {}", step.log());
        for (part, sign) in PARTS {
            let is_lost = lost.contains(&part);
            assert_eq!(!step.summary.contains(sign), is_lost, "{denied}: {part}\n{}", step.summary);
        }
        assert!(step.summary.contains(permission), "{denied}: {}", step.summary);
    }
}

#[tokio::test(start_paused = true)]
async fn no_log_lines_are_asked_for_where_none_are_wanted() {
    for (lines, asked) in [("0", false), ("1", true)] {
        let scene = when_it(crashes());
        scene.sim.logs(&scene.digest("1.4.2"), &["the password is hunter2", "the last line"]);
        let step = scene.deploy(&[("logs", lines)]).await;
        assert_eq!(step.count("GetLogEvents") > 0, asked, "{lines}");
        assert_eq!(step.summary.contains("the last line"), asked, "{lines}: {}", step.summary);
        let everything = format!("{}{}{:?}", step.log(), step.summary, step.outputs);
        assert!(!everything.contains("hunter2"), "{lines}: {everything}");
    }
}

#[tokio::test(start_paused = true)]
async fn log_lines_never_reach_an_output_or_an_annotation() {
    let scene = when_it(crashes());
    scene.sim.logs(&scene.digest("1.4.2"), &["token=hunter2"]);
    let step = scene.deploy(&[]).await;
    assert!(step.summary.contains("hunter2") && step.log().contains("hunter2"), "shown");
    assert!(!format!("{:?}", step.annotations).contains("hunter2"), "{:?}", step.annotations);
    let outputs = step.outputs.iter().filter(|(name, _)| *name != "report");
    assert!(outputs.clone().all(|(_, value)| !value.contains("hunter2")), "{:?}", step.outputs);
}

#[tokio::test(start_paused = true)]
async fn hostile_words_stay_words() {
    let hostile = "</details><img src=x onerror=pwned> [a](https://evil.example) `c` | ![b](evil)";
    let lines = ["::error::pwned", "```", "## pwned", "</details>", "\u{1b}[31mpwned", hostile];
    let scene = when_it(crashes());
    let digest = scene.digest("1.4.2");
    scene.sim.logs(&digest, &lines);
    let reason = format!("CannotStartContainerError: {hostile}\n::error::pwned\n# pwned");
    scene.sim.at(secs(40), Act::behave(&digest, Behaviour::FailsToStart { reason }));
    let step = scene.deploy(&[]).await;
    step.is("undone");
    assert!(step.summary.contains("pwned"), "it is shown: {}", step.summary);
    assert_eq!(active(&step.summary), [], "{}", step.summary);
    let headings = step.summary.lines().filter(|line| line.starts_with('#')).count();
    assert!(headings <= 2, "one of ours, one in the fenced log: {}", step.summary);
    for line in &step.lines {
        assert!(!line.contains(['\n', '\u{1b}']), "{line:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_crash_quotes_the_last_line_of_its_log_that_says_something() {
    let scene = when_it(crashes());
    let lines =
        ["starting", "Error: no DATABASE_URL", "    at main (/app/x.js:1:1)", "Node.js v22"];
    scene.sim.logs(&scene.digest("1.4.2"), &lines);
    let step = scene.deploy(&[]).await;
    let why = step.summary.lines().find(|line| line.starts_with("**Why:**")).expect("why");
    assert!(why.ends_with(". Its log ends with `Error: no DATABASE_URL`"), "{why}");
    step.says("log", "Its log ends with: Error: no DATABASE_URL");
    assert!(!step.output("failure-reason").contains("DATABASE_URL"), "a log may hold secrets");
}

#[tokio::test(start_paused = true)]
async fn an_event_is_told_once() {
    let scene = when_it(crashes());
    let step = scene.deploy(&[]).await;
    let answer = scene.sim.call(
        Service::Ecs,
        "DescribeServices",
        &serde_json::json!({ "cluster": "prod", "services": ["web1"] }),
    );
    let events = answer.expect("it is there")["services"][0]["events"].clone();
    let mut shown = 0;
    for event in events.as_array().expect("a list") {
        let message = event["message"].as_str().expect("a message");
        // Messages without an id in them may be of several events.
        if message.contains("has started") && step.log().contains(message) {
            assert_eq!(step.log().matches(message).count(), 1, "{}", step.log());
            assert_eq!(step.summary.matches(message).count(), 1, "{}", step.summary);
            shown += 1;
        }
    }
    assert!(shown > 0, "{}", step.log());
}

#[tokio::test(start_paused = true)]
async fn a_value_that_was_typed_appears_nowhere_although_ecs_quotes_it() {
    let reason = "CannotStartContainerError: invalid environment variable 'TOKEN=hunter2-and-more'";
    let scene = when_it(Behaviour::FailsToStart { reason: reason.to_owned() });
    let step = scene.deploy(&[("environment-variables", "TOKEN=hunter2-and-more")]).await;
    step.is("undone");
    let outputs: Vec<&str> = step.outputs.values().map(String::as_str).collect();
    let all = [step.log(), step.said("error"), step.summary.clone(), outputs.concat()].concat();
    assert!(all.contains("TOKEN=***"), "{all}");
    assert!(!all.contains("hunter2"), "{all}");
}
