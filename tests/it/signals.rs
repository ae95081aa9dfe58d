//! The real binary behind its JavaScript entry, cancelled as the runner cancels: it
//! always ends in time, with a whole report and with nothing left behind.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use simulator::{Behaviour, Fault, Pace, Service, ServiceBuilder, Simulator, When};
use tokio::task::JoinSet;

use crate::action::{Run, Running};
use crate::released::{Production, errors, output};

/// The moment of a cancel, and what is said then.
struct Moment {
    name: &'static str,
    /// What the service is like.
    made: fn(ServiceBuilder) -> ServiceBuilder,
    /// What becomes of the new version, and what goes wrong.
    given: fn(&Simulator),
    /// A line of the log to wait for; before that, the first request is.
    line: &'static str,
    /// After that line.
    millis: u64,
    /// Part of the one error.
    says: &'static str,
    /// The last write until then.
    wrote: Option<&'static str>,
}

const PLAIN: Moment = Moment {
    name: "",
    made: |service| service,
    given: |_| (),
    line: "",
    millis: 0,
    says: "nothing was changed",
    wrote: None,
};

fn crashes(aws: &Simulator) {
    let new = aws.repository("web1").digest("1.4.2").expect("it was pushed");
    aws.behaves(&new, Behaviour::Crashes { after: Duration::from_secs(2), exit_code: 1 });
}

/// The new version crashes, and the way back never gets to its end.
fn crashes_and_hangs(aws: &Simulator) {
    crashes(aws);
    let old = aws.repository("web1").digest("1.4.1").expect("it was pushed");
    aws.behaves(&old, Behaviour::Hangs);
}

const MOMENTS: [Moment; 11] = [
    Moment { name: "at its first request", given: |aws| slow(aws, "*"), ..PLAIN },
    Moment { name: "while it reads", given: |aws| slow(aws, "*"), millis: 2_500, ..PLAIN },
    Moment {
        name: "while the revision is registered",
        given: |aws| slow(aws, "RegisterTaskDefinition"),
        line: "Plan:",
        millis: 200,
        // It waits for the answer, and clears away.
        wrote: Some("DeregisterTaskDefinition"),
        ..PLAIN
    },
    Moment {
        name: "while the service is updated",
        given: |aws| slow(aws, "UpdateService"),
        line: "registered web1:2",
        millis: 200,
        says: "ECS continues deployment ecs-svc/",
        wrote: Some("UpdateService"),
        ..PLAIN
    },
    Moment {
        name: "while the answer to the update is lost",
        given: |aws| {
            aws.fault("UpdateService", When::Always, Fault::Timeout { applied: true });
        },
        line: "registered web1:2",
        millis: 200,
        says: "it is not known whether ECS accepted the update",
        wrote: Some("UpdateService"),
        ..PLAIN
    },
    Moment {
        name: "as soon as the service is updated",
        line: "updated the service",
        says: "ECS continues deployment ecs-svc/",
        wrote: Some("UpdateService"),
        ..PLAIN
    },
    Moment {
        name: "between two looks",
        line: "updated the service",
        millis: 1_200,
        says: "ECS continues deployment ecs-svc/",
        wrote: Some("UpdateService"),
        ..PLAIN
    },
    Moment {
        name: "while it asks ECS to roll back",
        given: |aws| {
            crashes(aws);
            aws.fault("StopServiceDeployment", When::Always, Fault::Timeout { applied: true });
        },
        line: "restoring 1.4.1",
        millis: 300,
        says: "it is not known whether ECS has started",
        wrote: Some("StopServiceDeployment"),
        ..PLAIN
    },
    Moment {
        name: "while ECS rolls back",
        made: |service| service.percentages(0, 100),
        given: crashes_and_hangs,
        line: "asked ECS to stop the deployment",
        millis: 700,
        says: "ECS continues with its own rollback",
        wrote: Some("StopServiceDeployment"),
    },
    Moment {
        name: "while the way back is written",
        made: |service| service.circuit_breaker(false),
        given: |aws| {
            crashes(aws);
            aws.fault("UpdateService", When::Nth(2), Fault::Slow(Duration::from_secs(2)));
        },
        line: "restoring 1.4.1",
        millis: 500,
        says: "ECS continues in deployment ecs-svc/",
        wrote: Some("UpdateService"),
    },
    Moment {
        name: "while the way back is followed",
        made: |service| service.circuit_breaker(false),
        given: crashes_and_hangs,
        line: "restoring 1.4.1",
        millis: 2_000,
        says: "ECS continues in deployment ecs-svc/",
        wrote: Some("UpdateService"),
    },
];

fn slow(aws: &Simulator, operation: &str) {
    aws.fault(operation, When::Always, Fault::Slow(Duration::from_secs(2)));
}

/// The runner sends SIGTERM 7.5 s after SIGINT: by then it is over.
const IN_TIME: Duration = Duration::from_secs(7);

#[tokio::test]
async fn at_ten_moments_a_cancel_is_reported_whole_and_in_time() {
    let mut moments = JoinSet::new();
    for moment in MOMENTS {
        moments.spawn(cancelled_at(moment));
    }
    while let Some(ended) = moments.join_next().await {
        ended.expect("every moment is told as it is");
    }
}

async fn cancelled_at(moment: Moment) {
    // A wave of tasks dies every two seconds.
    let production = Production::made(Pace::real().faster(15.0), moment.made).await;
    (moment.given)(&production.aws);
    let step = production.step().start();
    if !moment.line.is_empty() {
        step.until(moment.line).await;
    }
    while production.aws.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(moment.millis)).await;
    let begun = Instant::now();
    let run = cancel(step).await;
    let took = begun.elapsed();

    let name = moment.name;
    assert!(took < IN_TIME, "{name}: {took:?}\n{}", run.log);
    assert_eq!((output(&run, "result"), run.code), ("cancelled", 130), "{name}: {}", run.log);
    let [error] = errors(&run)[..] else { panic!("{name}: one error is enough: {}", run.log) };
    assert!(error.contains("the workflow was cancelled"), "{name}: {error}");
    assert!(error.contains(moment.says), "{name}: {error}");
    assert_whole(name, &run);

    let writes = production.aws.writes();
    let last = writes.last().map(|write| write.operation.as_str());
    assert_eq!(last, moment.wrote, "{name}: {}", run.log);
    // Used by nothing, and left behind by nobody.
    let truth = production.aws.truth("prod", "web1");
    let is_used = truth.deployments.len() > 1;
    let state = state_of(&production.aws, "web1:2");
    let wanted: &[&str] = if is_used { &["ACTIVE"] } else { &["", "INACTIVE"] };
    assert!(wanted.contains(&state.as_str()), "{name}: web1:2 is {state}\n{}", run.log);
}

async fn cancel(step: Running) -> Run {
    // It also waits until nobody holds the log open: no process outlives the entry.
    step.cancel().await
}

/// The summary answers in its first lines, and the report is JSON.
fn assert_whole(name: &str, run: &Run) {
    let first = run.summary.lines().next().unwrap_or_default();
    assert!(first.starts_with("### ❌ ") && first.contains("cancelled"), "{name}: {first}");
    assert!(
        run.summary.contains("\n**Why:** the workflow was cancelled"),
        "{name}: {}",
        run.summary
    );
    assert!(run.summary.ends_with('\n'), "{name}: it is cut off: {}", run.summary);
    let report: Value = serde_json::from_str(output(run, "report")).expect("the report is JSON");
    assert_eq!(report[0]["result"], "cancelled", "{name}");
}

/// What became of a revision; empty where there is none.
fn state_of(aws: &Simulator, revision: &str) -> String {
    let body = json!({ "taskDefinition": revision });
    let answer = aws.call(Service::Ecs, "DescribeTaskDefinition", &body).unwrap_or_default();
    answer["taskDefinition"]["status"].as_str().unwrap_or_default().to_owned()
}
