//! Sentences about who is told of a run: one message at its end, one at its start if asked,
//! and a deployment that does not care whether they arrive.

use serde_json::{Value, json};
use simulator::{Behaviour, Fault, Pace, Reply, Web, When};

use crate::released::Production;
use crate::scene::{DEPLOYED, Scene, Step, crashes, millis, secs, when_it};

const HOOK: &str = "https://hooks.example.com/hush";
const URL: (&str, &str) = ("notify-url", HOOK);
const START: (&str, &str) = ("notify-start", "true");

/// In a workflow, with somebody at the address who takes what comes.
fn heard(scene: Scene) -> Scene {
    let scene = scene.on("push", &json!({}));
    scene.web.answers(HOOK, |_| Reply::status(204));
    scene
}

/// Every message of a step.
fn told(step: &Step) -> Vec<Value> {
    step.web.iter().map(simulator::Asked::json).collect()
}

/// The first lines of the messages.
fn headlines(step: &Step) -> Vec<String> {
    let text = |message: &Value| message["text"].as_str().unwrap_or_default().to_owned();
    told(step).iter().map(|it| text(it).lines().next().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn one_message_when_it_ends_and_one_before_the_first_write_if_asked() {
    let scene = heard(Scene::ready());
    let step = scene.deploy(&[URL, START, ("reason", "Friday")]).await;
    step.ended("deployed", &[]);
    assert_eq!(
        headlines(&step),
        ["▶️ 1.4.2 is being deployed to web1 (now: 1.4.1)", "✅ web1 runs 1.4.2 (before: 1.4.1)"]
    );
    let [first, last] = step.web.as_slice() else { panic!("{:?}", step.web) };
    assert_eq!((first.method.as_str(), first.url.as_str()), ("POST", HOOK));
    assert!(first.at <= step.only("RegisterTaskDefinition").at, "before the first write");
    assert!(last.at >= step.requests.last().expect("AWS was asked").at, "after everything");
    let (first, last) = (first.json(), last.json());
    assert_eq!((&first["event"], &last["event"]), (&json!("start"), &json!("end")));
    assert_eq!((&last["result"], &last["by"]), (&json!("deployed"), &json!("octocat")));
    assert_eq!(last["reason"], "Friday");
    assert_eq!(last["run"], "https://github.example/octo-org/shop/actions/runs/4711");
    assert_eq!(step.said("notice"), "", "nothing is said of what went well");

    let scene = heard(Scene::ready());
    let step = scene.deploy(&[URL]).await;
    assert_eq!(headlines(&step), ["✅ web1 runs 1.4.2 (before: 1.4.1)"]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_told_of_what_changes_nothing_or_only_looks() {
    let scene = heard(Scene::ready());
    scene.deploy(&[]).await.is("deployed");
    let step = scene.deploy(&[URL, START]).await;
    step.is("unchanged");
    assert_eq!(headlines(&step), [""; 0]);
    let named = scene.deploy(&[URL, ("notify-on", "unchanged")]).await;
    assert_eq!(headlines(&named), ["✅ web1 already runs 1.4.2; nothing was deployed"]);

    let scene = heard(Scene::ready());
    for with in [
        &[("dry-run", "true")][..],
        &[("command", "verify")],
        &[("command", "list")],
        &[("command", "verify"), ("notify-on", "success\nfailure")],
    ] {
        let step = scene.deploy(&[&[URL, START], with].concat()).await;
        assert_eq!((step.code, step.web.len()), (0, 0), "{with:?}: {}", step.log());
    }
    let named = scene.deploy(&[URL, ("dry-run", "true"), ("notify-on", "planned")]).await;
    assert_eq!(named.web.len(), 1, "{}", named.log());
}

#[tokio::test(start_paused = true)]
async fn only_the_results_that_are_named_are_told() {
    for (on, deployed, undone) in [
        ("", 1, 1),
        ("failure", 0, 1),
        ("success", 1, 0),
        ("undone", 0, 1),
        ("deployed\nrolled-back", 1, 0),
        ("refused\ncancelled", 0, 0),
    ] {
        let with = [URL, ("notify-on", on)];
        let good = heard(Scene::ready()).deploy(&with).await;
        let bad = heard(when_it(crashes())).deploy(&with).await;
        good.is("deployed");
        bad.is("undone");
        assert_eq!((good.web.len(), bad.web.len()), (deployed, undone), "{on:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_and_a_rollback_are_told_too() {
    let scene = heard(Scene::ready());
    let refused = scene.deploy(&[URL, START, ("version", "9.9.9")]).await;
    refused.is("refused");
    assert_eq!(headlines(&refused), ["❌ 9.9.9 was not deployed to web1, which runs 1.4.1"]);
    scene.deploy(&[]).await.is("deployed");
    let back = scene.deploy(&[URL, START, ("command", "rollback"), ("version", "1.4.1")]).await;
    back.is("rolled-back");
    let headlines = headlines(&back);
    assert_eq!(headlines[0], "▶️ web1 is being rolled back to 1.4.1 (now: 1.4.2)");
    assert!(
        headlines[1].starts_with("✅ web1 is back on 1.4.1; 1.4.2 was removed"),
        "{headlines:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn several_services_are_one_message() {
    let scene = heard(Scene::with_images(&["1.4.1", "1.4.2"]));
    let image = scene.sim.image("web1:1.4.1");
    for name in ["web1", "worker"] {
        let definition = scene.sim.task_definition(name).container(name, &image).register();
        scene.sim.service("prod", name).running(&definition).desired(2).start();
    }
    let new = scene.digest("1.4.2");
    scene.sim.container_behaves(
        "worker",
        &new,
        Behaviour::Crashes { after: secs(2), exit_code: 1 },
    );
    let step =
        scene.deploy(&[URL, START, ("service", "web1\nworker"), ("repository", "web1")]).await;
    step.is("undone");
    let told = told(&step);
    let [first, last] = told.as_slice() else { panic!("{told:?}") };
    let text = |it: &Value| it["text"].as_str().unwrap_or_default().to_owned();
    assert!(text(first).starts_with("▶️ 2 services are being deployed\n"), "{}", text(first));
    assert!(text(last).starts_with("❌ 2 services: 1 undone, 1 deployed\n"), "{}", text(last));
    assert_eq!(last["report"].as_array().map(Vec::len), Some(2));
}

#[tokio::test(start_paused = true)]
async fn whatever_becomes_of_the_message_the_deployment_is_the_same() {
    let quiet = Scene::ready().deploy(&[]).await;
    for (reply, why) in [
        (Reply::status(404), "it answered 404"),
        (Reply::status(302).header("location", "https://elsewhere.example"), "it answered 302"),
        (Reply::status(500), "it answered 500"),
        (Reply::Reset, "it did not answer"),
        (Reply::Silence, "it did not answer in time"),
        (Reply::Late(secs(20), Box::new(Reply::status(200))), "it did not answer in time"),
    ] {
        let scene = Scene::ready().on("push", &json!({}));
        let answer = reply.clone();
        scene.web.answers(HOOK, move |_| answer.clone());
        let step = scene.deploy(&[URL, START]).await;
        step.ended("deployed", &[]);
        assert!(step.took <= quiet.took + secs(6), "{reply:?}: {:?}", step.took);
        let notice = step.said("notice");
        assert_eq!(
            notice.lines().next(),
            Some(format!("could not notify the address in `notify-url`: {why}").as_str()),
        );
        assert_eq!(notice.lines().count(), 2, "one notice: {notice}");
        assert_eq!(step.web.len(), 2, "nothing is sent twice: {:?}", step.web);
        let all = format!("{}{}{}{:?}", step.log(), notice, step.summary, step.outputs);
        assert!(!all.contains("hush") && !all.contains("hooks.example"), "{all}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_run_has_reported_before_it_tells_anybody_and_still_ends_in_time() {
    for (reply, told) in [(Reply::status(200), true), (Reply::Silence, false)] {
        let scene = Scene::ready().on("push", &json!({}));
        scene.web.answers(HOOK, move |_| reply.clone());
        // Its last write takes as long as it may.
        scene.sim.fault("UpdateService", When::Always, Fault::Timeout { applied: true });
        let (step, ()) = tokio::join!(Box::pin(scene.deploy(&[URL])), scene.cancel_after(secs(1)));
        step.is("cancelled");
        assert!(step.took <= secs(1) + millis(8_100), "killed after 10 s: {:?}", step.took);
        assert_eq!(
            step.said("notice").contains("could not notify"),
            !told,
            "{}",
            step.said("notice")
        );
        assert!(headlines(&step)[0].contains("cancelled"), "{:?}", headlines(&step));
    }
}

/// A crash with secrets wherever there may be some.
async fn crash_with_secrets(hook: &str) -> Step {
    let scene = when_it(crashes()).on("push", &json!({}));
    scene.web.answers(hook, |_| Reply::status(200));
    scene.sim.logs(&scene.digest("1.4.2"), &["starting", "error: LOGGED-SECRET"]);
    let definition = json!({
        "family": "web1",
        "memory": "512",
        "executionRoleArn": "arn:aws:iam::123456789012:role/ecsTaskExecutionRole",
        "containerDefinitions": [{
            "name": "web1",
            "image": scene.sim.image("web1:1.4.1"),
            "essential": true,
            "environment": [{ "name": "A", "value": "VARIABLE-VALUE" }],
            "logConfiguration": { "logDriver": "awslogs", "options": {
                "awslogs-group": "/ecs/web1", "awslogs-region": "eu-central-1",
                "awslogs-stream-prefix": "ecs" } },
        }],
    });
    let file = scene.file("deploy/web1.json", definition.to_string());
    let step = scene
        .deploy(&[
            ("notify-url", hook),
            START,
            ("task-definition", &file),
            ("environment-variables", "B=OTHER-VALUE"),
            ("secrets", "C=arn:aws:ssm:eu-central-1:123456789012:parameter/SECRET-NAME"),
        ])
        .await;
    step.is("undone");
    step
}

#[tokio::test(start_paused = true)]
async fn no_receiver_gets_a_log_a_value_or_an_account() {
    for hook in [
        "https://hooks.slack.com/services/T0/B0/hush",
        "https://discord.com/api/webhooks/1/hush",
        "https://prod-1.westeurope.logic.azure.com/workflows/hush",
        "https://chat.example.com/hush",
    ] {
        let step = crash_with_secrets(hook).await;
        assert!(step.summary.contains("LOGGED-SECRET"), "it is where the log is: {}", step.summary);
        assert_eq!(step.web.len(), 2);
        for asked in &step.web {
            let body = String::from_utf8(asked.body.to_vec()).expect("UTF-8");
            for never in
                ["LOGGED-SECRET", "VARIABLE-VALUE", "OTHER-VALUE", "SECRET-NAME", "123456789012"]
            {
                assert!(!body.contains(never), "{never} in {body}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_of_the_address_go_into_a_header() {
    let scene = Scene::ready();
    scene.web.answers("https://chat.example.com/", |_| Reply::status(200));
    let step = scene.deploy(&[("notify-url", "https://ann:p%40ss@chat.example.com/in")]).await;
    assert_eq!(step.web[0].url, "https://chat.example.com/in");
    assert_eq!(step.web[0].headers["authorization"], "Basic YW5uOnBAc3M=");
    assert_eq!(step.writes(), DEPLOYED);
}

#[tokio::test]
async fn the_address_is_masked_before_anything_else_is_said() {
    let web = Web::new();
    web.answers("", |_| Reply::status(200));
    let server = web.serve().await.expect("a port of 127.0.0.1 is free");
    let production = Production::made(Pace::real().faster(50.0), |service| service).await;
    let address = format!("{}/hush", server.url());
    let checked = address.replace("://", "://ann:word@").replace("hush", "health");
    let step = production.step().input("notify-url", &address).input("check-url", checked);
    let run = step.run().await;
    assert_eq!(run.outputs["result"], "deployed", "{}", run.log);
    let mut lines = run.log.lines();
    assert_eq!(lines.next(), Some(format!("::add-mask::{address}").as_str()));
    assert_eq!(lines.next(), Some("::add-mask::ann:word@"));
    assert!(!lines.any(|line| line.contains("word") || line.contains("hush")), "{}", run.log);
    let requests = web.requests();
    let asked: Vec<_> = requests.iter().filter(|it| it.method == "POST").collect();
    let [asked] = asked[..] else { panic!("one message: {requests:?}") };
    assert_eq!(requests.len(), 5, "and the check, once before and three times after");
    assert_eq!((&asked.url, asked.json()["result"].as_str()), (&address, Some("deployed")));
}
