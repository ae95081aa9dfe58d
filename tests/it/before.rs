//! Sentences about the task that runs once before the service is touched, and about
//! `command: run`, which runs it alone.

use serde_json::{Value, json};
use simulator::{Act, Fault, OneOff, When};

use crate::scene::{Scene, Step, crashes, definition, secs};

const MIGRATE: (&str, &str) = ("before", r#"["npm", "run", "migrate"]"#);

/// Definitions whose containers log to CloudWatch.
fn logging() -> Scene {
    logging_of(|definition| definition)
}

fn logging_of(
    made: impl FnOnce(simulator::TaskDefinitionBuilder) -> simulator::TaskDefinitionBuilder,
) -> Scene {
    let scene = Scene::with_images(&["1.4.1", "1.4.2"]);
    let logs = json!({ "logDriver": "awslogs", "options": { "awslogs-group": "/ecs/web1",
        "awslogs-region": "eu-central-1", "awslogs-stream-prefix": "ecs" } });
    let image = scene.sim.image("web1:1.4.1");
    let container = json!({ "name": "web1", "image": image, "essential": true,
        "environment": [{ "name": "DATABASE_URL", "value": "postgres://secret-value" }],
        "logConfiguration": logs });
    let definition = made(scene.sim.task_definition("web1").container_with(&container));
    let arn = definition.register();
    scene.sim.service("prod", "web1").running(&arn).desired(2).start();
    scene
}

fn only_task(scene: &Scene) -> String {
    let run = scene.sim.requests_for("RunTask");
    let [run] = &run[..] else { panic!("one task is started: {run:?}") };
    run.response()["tasks"][0]["taskArn"].as_str().expect("an ARN").to_owned()
}

fn carried_out(step: &Step) -> usize {
    step.requests.iter().filter(|it| it.operation == "RunTask" && it.carried_out).count()
}

fn report(step: &Step) -> Value {
    serde_json::from_str::<Value>(step.output("report")).expect("JSON")[0].clone()
}

#[tokio::test(start_paused = true)]
async fn the_new_image_migrates_before_the_service_gets_it() {
    let scene = logging();
    scene.sim.one_off(OneOff::default(), &["applying 0042", "done"]);
    let step = scene.deploy(&[MIGRATE]).await;
    step.is("deployed");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "RunTask", "UpdateService"]);
    let mut run = step.only("RunTask").body.clone();
    let token = run["clientToken"].take();
    assert_eq!(token.as_str().map(str::len), Some(32));
    assert_eq!(
        run,
        json!({
            "cluster": "prod", "taskDefinition": definition("web1:2"), "count": 1,
            "launchType": "FARGATE", "platformVersion": "LATEST",
            "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["subnet-1"],
                "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED" } },
            "overrides": { "containerOverrides":
                [{ "name": "web1", "command": ["npm", "run", "migrate"] }] },
            "startedBy": "ecs-release/web1", "clientToken": null,
        })
    );
    // Its log is said while it runs, and before the service is touched.
    let said = |what: &str| step.lines.iter().position(|line| line.contains(what));
    let order = [
        "started the one-off task",
        "applying 0042",
        "done",
        "the one-off task succeeded",
        "updated the service",
    ];
    let order: Vec<_> = order.iter().map(|what| said(what).expect(what)).collect();
    assert!(order.is_sorted(), "{order:?}");
    assert_eq!(step.output("one-off-task-arn"), only_task(&scene));
    assert_eq!(
        report(&step)["one-off-task"],
        json!({ "command": ["npm", "run", "migrate"], "container": "web1", "exit-code": 0,
            "duration-seconds": report(&step)["one-off-task"]["duration-seconds"] })
    );
    assert!(
        step.summary
            .contains("**One-off task:** `[\"npm\",\"run\",\"migrate\"]` in `web1`, exit code 0"),
        "{}",
        step.summary
    );
    // Once it runs there is nothing to do, and nothing to migrate.
    let again = scene.deploy(&[MIGRATE]).await;
    again.is("unchanged");
    assert_eq!(again.writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_migration_that_fails_leaves_the_service_alone_and_says_why() {
    let scene = logging();
    let fails = OneOff::Exits { after: secs(4), code: 3 };
    scene.sim.one_off(fails, &["applying 0042", "column \"id\" does not exist"]);
    let step = scene.deploy(&[MIGRATE]).await;
    step.is("failed");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "RunTask", "DeregisterTaskDefinition"]);
    step.says("error", "the one-off task of web1 with 1.4.2 failed; the service was not touched");
    step.says("error", "exited with code 3");
    assert!(
        step.summary.contains("Its log ends with `column \"id\" does not exist`"),
        "{}",
        step.summary
    );
    assert_eq!(report(&step)["one-off-task"]["exit-code"], 3);
    assert_eq!(scene.sim.truth("prod", "web1").deployments.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn only_the_container_with_the_command_counts() {
    // The container beside it is killed when the first one ends: 137.
    let scene = logging_of(|it| it.container("proxy", "public.ecr.aws/nginx/nginx:1"));
    let step = scene.deploy(&[MIGRATE]).await;
    step.is("deployed");

    let scene = logging();
    let reason = "OutOfMemoryError: Container killed due to memory usage".to_owned();
    scene.sim.one_off(OneOff::LosesItsExitCode { after: secs(4), reason }, &[]);
    let step = scene.deploy(&[MIGRATE]).await;
    step.is("failed");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "RunTask", "DeregisterTaskDefinition"]);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_never_starts_is_a_failure_with_its_reason() {
    let scene = logging();
    let reason = "ResourceInitializationError: unable to pull secrets".to_owned();
    scene.sim.one_off(OneOff::FailsToStart { reason }, &[]);
    let step = scene.deploy(&[MIGRATE]).await;
    step.is("failed");
    step.says("error", "ResourceInitializationError");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "RunTask", "DeregisterTaskDefinition"]);

    let scene = logging();
    scene.sim.one_off(OneOff::CannotBePlaced { reason: "RESOURCE:MEMORY".to_owned() }, &[]);
    let step = scene.deploy(&[MIGRATE]).await;
    step.is("failed");
    step.says("error", "RESOURCE:MEMORY");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "RunTask", "DeregisterTaskDefinition"]);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_end_in_time_goes_on_and_is_named() {
    let scene = logging();
    scene.sim.one_off(OneOff::RunsForEver, &[]);
    let step = scene.deploy(&[MIGRATE, ("before-timeout", "2m")]).await;
    step.is("timed-out");
    // The revision is in use, and so it stays.
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "RunTask"]);
    let task = only_task(&scene);
    step.says(
        "error",
        &format!("did not end within 2m and is still running: {task}; the service was not touched"),
    );
    step.says(
        "error",
        &format!("aws ecs stop-task --region eu-central-1 --cluster prod --task {task}"),
    );

    // A second run doesn't start another one beside it.
    let again = scene.deploy(&[MIGRATE]).await;
    again.is("refused");
    assert_eq!(again.writes(), [""; 0]);
    again.says("error", &format!("an earlier one-off task of the service still runs: {task}"));
    // When it is over, the next run goes.
    scene.sim.act(Act::stop_task("prod", &task));
    scene.sim.one_off(OneOff::default(), &[]);
    let third = scene.deploy(&[MIGRATE]).await;
    third.is("deployed");
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_run_leaves_the_task_running_and_says_so_in_time() {
    let scene = logging();
    scene.sim.one_off(OneOff::RunsForEver, &[]);
    let (step, ()) = tokio::join!(scene.deploy(&[MIGRATE]), scene.cancel_after(secs(60)));
    step.is("cancelled");
    assert!(step.took < secs(67), "{:?}", step.took);
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "RunTask"]);
    let task = only_task(&scene);
    step.says(
        "error",
        &format!("the one-off task is still running: {task}; the service was not touched"),
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_starts_no_second_task() {
    let scene = logging();
    scene.sim.fault("RunTask", When::Nth(1), Fault::Reset { applied: true });
    let step = scene.deploy(&[MIGRATE]).await;
    step.is("deployed");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "RunTask", "UpdateService"]);

    // Where it was not carried out it is asked for again with the same token, and once.
    let scene = logging();
    scene.sim.fault("RunTask", When::Nth(1), Fault::Reset { applied: false });
    let step = scene.deploy(&[MIGRATE]).await;
    step.is("deployed");
    let tokens: Vec<_> =
        scene.sim.requests_for("RunTask").iter().map(|it| it.body["clientToken"].clone()).collect();
    assert_eq!((tokens.len(), &tokens[0]), (2, &tokens[1]));
    assert_eq!(scene.sim.one_off_tasks(), 1);

    let scene = logging();
    scene.sim.fault("RunTask", When::Always, Fault::Reset { applied: false });
    let step = scene.deploy(&[MIGRATE]).await;
    step.is("unknown");
    step.says("error", "`ecs-release/web1`");
}

#[tokio::test(start_paused = true)]
async fn throttling_is_waited_out_and_a_missing_permission_is_named() {
    let scene = logging();
    scene.sim.fault("RunTask", When::Times(4), Fault::Throttle);
    let step = scene.deploy(&[MIGRATE]).await;
    step.is("deployed");
    assert_eq!(carried_out(&step), 1);

    let scene = logging();
    scene.sim.fault("RunTask", When::Always, Fault::AccessDenied);
    let step = scene.deploy(&[MIGRATE]).await;
    step.is("failed");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "RunTask", "DeregisterTaskDefinition"]);
    step.says("error", "ecs:RunTask");

    // Its log is a help and no more.
    let scene = logging();
    scene.sim.one_off(OneOff::default(), &["applying 0042"]);
    scene.sim.fault("GetLogEvents", When::Always, Fault::AccessDenied);
    let step = scene.deploy(&[MIGRATE]).await;
    step.is("deployed");
    assert!(
        step.lines.iter().any(|it| it.contains("its log is not shown: grant logs:GetLogEvents"))
    );
}

#[tokio::test(start_paused = true)]
async fn somebody_who_deploys_meanwhile_is_not_overwritten() {
    let scene = logging();
    let theirs = scene.register("1.4.1");
    scene.sim.after(secs(20), Act::deploy("prod", "web1", &theirs));
    scene.sim.one_off(OneOff::Exits { after: secs(60), code: 0 }, &[]);
    let step = scene.deploy(&[MIGRATE]).await;
    step.is("failed");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "RunTask", "DeregisterTaskDefinition"]);
    step.says("error", "changed while this run was deciding");
    step.says("error", "before that the one-off task succeeded");
}

#[tokio::test(start_paused = true)]
async fn an_undo_says_that_the_migration_stays() {
    let scene = logging();
    scene.sim.behaves(&scene.digest("1.4.2"), crashes());
    let step = scene.deploy(&[MIGRATE]).await;
    step.is("undone");
    assert_eq!(carried_out(&step), 1);
    let undo = report(&step)["undo"].as_str().expect("a sentence").to_owned();
    assert!(undo.ends_with("; what the one-off task did was not undone"), "{undo}");
}

#[tokio::test(start_paused = true)]
async fn a_rollback_migrates_nothing() {
    let scene = logging();
    scene.deploy(&[MIGRATE]).await.is("deployed");
    let step = scene.deploy(&[MIGRATE, ("command", "rollback")]).await;
    step.is("rolled-back");
    assert_eq!(step.writes(), ["UpdateService"]);
}

#[tokio::test(start_paused = true)]
async fn several_services_of_one_image_migrate_once_and_before_any_of_them() {
    let scene = logging();
    let worker =
        scene.sim.task_definition("worker").container("web1", &scene.sim.image("web1:1.4.1"));
    scene.sim.service("prod", "worker").running(&worker.register()).start();
    let both = [("service", "web1\nworker"), MIGRATE];
    let step = scene.deploy(&both).await;
    step.is("deployed");
    let writes = step.writes();
    assert_eq!(writes.iter().filter(|it| **it == "RunTask").count(), 1);
    let at = |what: &str| writes.iter().position(|it| *it == what);
    assert!(at("RunTask") < at("UpdateService"), "{writes:?}");

    let scene = logging();
    let worker =
        scene.sim.task_definition("worker").container("web1", &scene.sim.image("web1:1.4.1"));
    scene.sim.service("prod", "worker").running(&worker.register()).start();
    scene.sim.one_off(OneOff::Exits { after: secs(4), code: 1 }, &[]);
    let step = scene.deploy(&both).await;
    step.is("failed");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "RunTask", "DeregisterTaskDefinition"]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_run_is_refused_before_anything_is_written() {
    let scene = logging_of(|it| {
        it.container_with(
            &json!({ "name": "agent", "image": "public.ecr.aws/x/agent:1", "essential": false }),
        )
    });
    for (container, says) in [
        ("wbe1", "`before-container`: the task definition has no container wbe1"),
        ("agent", "the container agent of the one-off task is not essential"),
    ] {
        let said = scene.refusal(&[MIGRATE, ("before-container", container)]).await;
        assert!(said.starts_with(says), "{said}");
    }
    for (before, says) in [
        ("npm run migrate", "it is not a JSON list of strings"),
        ("[\"npm\", 3]", "it is not a JSON list of strings"),
        ("[]", "the list does not name a program"),
    ] {
        let step = scene.deploy(&[("before", before)]).await;
        assert_eq!(step.code, 2);
        step.says("error", &format!("input `before`: {says}"));
        assert_eq!(step.requests.len(), 0);
    }
    let step = scene.deploy(&[("before-timeout", "5m")]).await;
    assert_eq!(step.code, 2);
    step.says("error", "input `before-timeout` is set, but there is no one-off task");
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_and_a_plan_show_the_task_and_start_none() {
    let scene = logging();
    let step = scene.deploy(&[MIGRATE, ("dry-run", "true")]).await;
    step.is("planned");
    assert_eq!(step.writes(), [""; 0]);
    let line = "- run a one-off task of it and wait for it to finish: [\"npm\",\"run\",\"migrate\"] in web1";
    assert!(step.lines.iter().any(|it| it == line), "{:?}", step.lines);
}

#[tokio::test(start_paused = true)]
async fn the_task_alone_touches_no_service_and_leaves_no_revision() {
    let scene = logging();
    scene.sim.one_off(OneOff::default(), &["applying 0042"]);
    let step = scene.deploy(&[("command", "run"), MIGRATE]).await;
    step.is("ran");
    assert_eq!(step.code, 0);
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "RunTask", "DeregisterTaskDefinition"]);
    assert_eq!(scene.sim.truth("prod", "web1").deployments.len(), 1);

    // What runs already needs no revision.
    let step = scene.deploy(&[("command", "run"), ("version", "1.4.1"), MIGRATE]).await;
    step.is("ran");
    assert_eq!(step.writes(), ["RunTask"]);

    scene.sim.one_off(OneOff::Exits { after: secs(4), code: 1 }, &[]);
    let step = scene.deploy(&[("command", "run"), MIGRATE]).await;
    step.is("failed");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "RunTask", "DeregisterTaskDefinition"]);

    let step = scene.deploy(&[("command", "run")]).await;
    assert_eq!(step.code, 2);
    step.says("error", "input `before` is missing");
}

#[tokio::test(start_paused = true)]
async fn values_of_variables_in_its_log_are_not_shown() {
    let scene = logging();
    scene.sim.one_off(OneOff::default(), &["connecting to postgres://secret-value", "::error::x"]);
    let step = scene.deploy(&[MIGRATE]).await;
    step.is("deployed");
    assert!(step.lines.iter().any(|it| it.contains("connecting to ***")), "{:?}", step.lines);
    let told = format!("{:?}{:?}{:?}", step.lines, step.annotations, step.outputs) + &step.summary;
    assert!(!told.contains("secret-value"));
}

#[tokio::test(start_paused = true)]
async fn a_task_that_ecs_shows_late_is_waited_for() {
    let scene = logging();
    scene.sim.lag(simulator::Lag { tasks: secs(20), ..simulator::Lag::default() });
    let step = scene.deploy(&[MIGRATE]).await;
    step.is("deployed");
    assert_eq!(scene.sim.one_off_tasks(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_update_that_fails_behind_a_migration_does_not_blame_the_migration() {
    let scene = logging();
    scene.sim.fault("UpdateService", When::Always, Fault::AccessDenied);
    let step = scene.deploy(&[MIGRATE]).await;
    step.is("failed");
    assert_eq!(step.headline(), "❌ 1.4.2 could not be deployed to web1");
    step.says("error", "ecs:UpdateService");
    step.says("error", "before that the one-off task succeeded");
}

#[tokio::test(start_paused = true)]
async fn a_task_that_ended_just_before_its_time_was_up_has_ended() {
    let scene = logging();
    // It runs from 0:25 on.
    scene.sim.one_off(OneOff::Exits { after: secs(34), code: 0 }, &["done"]);
    let step = scene.deploy(&[MIGRATE, ("before-timeout", "1m")]).await;
    step.is("deployed");
}

#[tokio::test(start_paused = true)]
async fn the_task_alone_is_cancelled_in_time_too() {
    for (operation, at) in [("RegisterTaskDefinition", 1), ("RunTask", 1), ("", 40)] {
        let scene = logging();
        scene.sim.one_off(OneOff::RunsForEver, &[]);
        if !operation.is_empty() {
            scene.sim.fault(operation, When::Always, Fault::Timeout { applied: true });
        }
        let with = [("command", "run"), MIGRATE];
        let (step, ()) = tokio::join!(scene.deploy(&with), scene.cancel_after(secs(at)));
        step.is("cancelled");
        assert!(step.took < secs(at + 7), "{operation}: {:?}", step.took);
    }
}

#[tokio::test(start_paused = true)]
async fn a_revision_that_the_task_alone_leaves_behind_is_told() {
    let scene = logging();
    scene.sim.fault("DeregisterTaskDefinition", When::Always, Fault::AccessDenied);
    let step = scene.deploy(&[("command", "run"), MIGRATE]).await;
    step.is("ran");
    step.says("notice", "the revision web1:2 stays registered");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_called_off_while_its_task_runs_names_the_task() {
    let scene = logging();
    scene.sim.one_off(OneOff::RunsForEver, &[]);
    for tag in ["1.4.1", "1.4.2"] {
        scene
            .sim
            .repository("api")
            .push(tag, simulator::Image::linux_amd64().content(&format!("api {tag}")));
    }
    scene.sim.service("prod", "api").running_version("1.4.1").start();
    scene.file("api/package.json", "{ \"name\": \"api\", \"version\": \"1.4.2\" }");
    scene.file("web1/package.json", "{ \"name\": \"web1\", \"version\": \"1.4.2\" }");
    scene.file(
        ".github/ecs-release.yml",
        "cluster: prod\nregion: eu-central-1\non-failure: undo-all\napps:\n  web1: { package: web1, services: [web1], before: [bin/migrate] }\n  api: { package: api, services: [api] }\n",
    );
    scene
        .sim
        .behaves(&scene.sim.repository("api").digest("1.4.2").expect("it was pushed"), crashes());
    let with = [("service", ""), ("package", ""), ("cluster", ""), ("region", ""), ("apps", "all")];
    let step = scene.deploy(&with).await;
    assert_eq!(step.code, 1);
    let task = only_task(&scene);
    let told = step.said("error");
    assert!(told.contains(&format!("the one-off task is still running: {task}")), "{told}");
    assert!(told.contains("aws ecs stop-task"), "{told}");
}
