//! Sentences about the check after a rollout: who answers, what counts, and what becomes of a
//! version that does not answer.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use simulator::{Image, Reply, Simulator};

use crate::scene::{DEPLOYED, Scene, Step, definition, secs};

const HEALTH: &str = "https://shop.example.com/health";
const URL: (&str, &str) = ("check-url", HEALTH);
const VERSION: (&str, &str) = ("check-body", "v{version}");

/// At each request the next of these; the last one for ever.
fn answering(scene: &Scene, replies: &[Reply]) {
    let (replies, asked) = (replies.to_vec(), AtomicUsize::new(0));
    scene.web.answers(HEALTH, move |_| {
        let at = asked.fetch_add(1, Ordering::Relaxed);
        replies[at.min(replies.len() - 1)].clone()
    });
}

/// As behind a load balancer: each task that runs in its turn, with its version.
fn balanced(scene: &Scene) {
    let asked = AtomicUsize::new(0);
    let versions = ["1.4.1", "1.4.2"].map(|version| (scene.digest(version), version));
    let sim: Simulator = scene.sim.clone();
    scene.web.answers(HEALTH, move |_| {
        let running = sim.truth("prod", "web1").running;
        let at = asked.fetch_add(1, Ordering::Relaxed);
        let Some(task) = running.get(at % running.len().max(1)) else { return Reply::status(503) };
        let version = versions.iter().find(|(digest, _)| *digest == task.digests["web1"]);
        Reply::ok(version.map_or("?".to_owned(), |(_, version)| format!("v{version}")))
    });
}

async fn step(replies: &[Reply], with: &[(&str, &str)]) -> (Scene, Step) {
    let scene = Scene::ready();
    answering(&scene, replies);
    let step = scene.deploy(&[&[URL], with].concat()).await;
    (scene, step)
}

#[tokio::test(start_paused = true)]
async fn the_new_version_is_asked_after_the_rollout_until_it_was_right_three_times() {
    let scene = Scene::ready();
    balanced(&scene);
    let step = scene.deploy(&[URL, VERSION]).await;
    step.ended("deployed", &[]);
    let rolled_out = scene.sim.truth("prod", "web1").newest().finished.expect("it has ended");
    let asked: Vec<_> = step.web.iter().map(|asked| asked.at).collect();
    assert!(asked[0] <= step.only("RegisterTaskDefinition").at, "before the first write");
    assert!(asked[1] >= rolled_out, "{asked:?} and {rolled_out:?}");
    assert_eq!(asked.len(), 4, "once before and three times in a row: {}", step.log());
    assert!(asked[3] - asked[1] > secs(1) && asked[3] - asked[1] < secs(3), "{asked:?}");
    step.says("log", "then check https://shop.example.com/health: 3 times in a row 200 with `v1.4.2` in the body, within 2m (now it answers 200)");
    step.says("log", "check: passed 3 times in a row");
    step.says("summary", "check: passed 3 times in a row");
    let headers = &step.web[1].headers;
    assert_eq!(
        (&headers["connection"], &headers["cache-control"]),
        (&http::HeaderValue::from_static("close"), &http::HeaderValue::from_static("no-cache"))
    );

    let again = scene.deploy(&[URL, VERSION]).await;
    again.is("unchanged");
    assert!(again.web.len() <= 1, "what changes nothing is not checked: {:?}", again.web);
}

#[tokio::test(start_paused = true)]
async fn a_version_that_never_answers_rightly_is_undone_or_kept() {
    let (scene, step) = step(&[Reply::status(500)], &[]).await;
    step.is("undone");
    assert_eq!(step.writes()[..2], DEPLOYED);
    assert_eq!(step.updates()[1]["taskDefinition"], definition("web1:1"));
    assert_eq!(scene.runs_in_the_end().await, [scene.digest("1.4.1")]);
    let reason = step.output("failure-reason");
    let beginning = "the check failed: https://shop.example.com/health did not pass 3 times in a row within 2m; the last answers: 500 (1";
    assert!(reason.starts_with(beginning), "{reason}");
    assert!(!step.log().contains("What failed is not known"), "{}", step.log());
    assert_eq!(step.headline(), "❌ 1.4.2 failed on web1, which is back on 1.4.1");
    assert!((100..150).contains(&step.web.len()), "about once a second: {}", step.web.len());

    let (scene, step) = self::step(&[Reply::status(500)], &[("on-failure", "keep")]).await;
    step.ended("failed", &[]);
    assert_eq!(scene.runs_in_the_end().await, [scene.digest("1.4.2")]);
    step.says("error", "Deploy 1.4.1 to return to it.");
    assert_eq!(step.output("running-version"), "1.4.2");
}

#[tokio::test(start_paused = true)]
async fn an_old_tasks_200_proves_nothing() {
    let (scene, step) = step(&[Reply::ok("v1.4.1")], &[VERSION, ("check-timeout", "20s")]).await;
    step.is("undone");
    step.says("error", "200 without `v1.4.2` in its body");
    assert_eq!(scene.runs_in_the_end().await, [scene.digest("1.4.1")]);
    let header = Reply::ok("").header("x-version", "shop 1.4.2 (c0ffee)");
    let with = [("check-header", "X-Version: {tag}"), ("check-status", "200-299, 301")];
    let (_, step) = self::step(&[Reply::status(404), header], &with).await;
    step.ended("deployed", &[]);
}

#[tokio::test(start_paused = true)]
async fn what_fails_while_the_old_tasks_go_only_begins_the_row_anew() {
    let good = Reply::status(200);
    let cut_over = [
        Reply::status(200),
        Reply::Refused,
        Reply::status(503),
        Reply::Reset,
        good.clone(),
        Reply::status(502),
        Reply::status(504),
        good.clone(),
        good.clone(),
        Reply::Silence,
        good.clone(),
    ];
    let (_, step) = step(&cut_over, &[]).await;
    step.ended("deployed", &[]);
    assert_eq!(step.web.len(), cut_over.len() + 2, "{}", step.log());
    step.says("log", "check: no answer (Connection refused)");

    let flapping: Vec<Reply> =
        (0..200).map(|at| if at % 3 == 2 { Reply::status(500) } else { good.clone() }).collect();
    let (_, step) = self::step(&flapping, &[("check-timeout", "30s")]).await;
    step.is("undone");
    step.says("error", "the last answers: ");
    let (_, step) = self::step(&flapping, &[("check-count", "2")]).await;
    step.ended("deployed", &[]);
}

#[tokio::test(start_paused = true)]
async fn slow_answers_that_are_right_undo_nothing() {
    let slow = Reply::Late(Duration::from_millis(1_200), Box::new(Reply::status(200)));
    let with = [("check-count", "50"), ("check-timeout", "55s")];
    let (scene, step) = step(&[slow.clone(), Reply::status(503), slow.clone()], &with).await;
    step.ended("deployed", &[]);
    step.says("notice", "answers slowly: within 55s it passed 4");
    assert_eq!(scene.runs_in_the_end().await, [scene.digest("1.4.2")]);

    // That it was right for a moment says nothing of the time in which it was not.
    let wrong: Vec<Reply> = std::iter::repeat_n(Reply::status(503), 20).chain([slow]).collect();
    let (_, step) = self::step(&wrong, &with).await;
    step.is("undone");
    let hangs = [Reply::status(200), Reply::status(200), Reply::status(200), Reply::Silence];
    let with = [("check-count", "8"), ("check-timeout", "10s")];
    let (_, step) = self::step(&hangs, &with).await;
    step.is("undone");

    // One slow answer is no row, whatever hangs behind it.
    let asked = AtomicUsize::new(0);
    let scene = Scene::ready();
    let began = OnceLock::new();
    scene.web.answers(HEALTH, move |_| {
        if asked.fetch_add(1, Ordering::Relaxed) == 0 {
            return Reply::status(503);
        }
        let passed = began.get_or_init(tokio::time::Instant::now).elapsed();
        match passed.as_secs() {
            ..116 => Reply::status(503),
            116..118 => Reply::Late(Duration::from_millis(2_100), Box::new(Reply::status(200))),
            _ => Reply::Silence,
        }
    });
    let step = scene.deploy(&[URL]).await;
    step.is("undone");
    step.says("error", "the last answers: 503 (");
    step.says("error", "then 200, then no answer (it took too long)");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_reached_before_the_deployment_is_not_checked() {
    let quiet = Scene::ready().deploy(&[]).await;
    for (reply, why) in [
        (Reply::Refused, "Connection refused"),
        (Reply::NoSuchHost, "Name or service not known"),
        (Reply::Reset, "connection reset by peer"),
        (Reply::Silence, "it took too long"),
    ] {
        let (_, step) = step(std::slice::from_ref(&reply), &[VERSION]).await;
        step.ended("deployed", &[]);
        assert_eq!(step.web.len(), 1, "it is not asked afterwards: {:?}", step.web);
        step.says("warning", &format!("the answers of the new version are not checked: {HEALTH} can't be reached from here ({why})"));
        assert!(step.took <= quiet.took + secs(6), "{:?}", step.took);
    }
    let (_, planned) = step(&[Reply::Refused], &[("dry-run", "true")]).await;
    planned.is("planned");
    planned.says("warning", "are not checked");
    let (_, planned) = step(&[Reply::status(404)], &[("dry-run", "true")]).await;
    planned.says("log", "within 2m (now it answers 404)");
    assert_eq!(planned.web.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_cancel_in_the_middle_says_what_is_deployed() {
    let scene = Scene::ready();
    answering(&scene, &[Reply::status(500), Reply::status(500), Reply::Silence]);
    let (step, ()) = tokio::join!(Box::pin(scene.deploy(&[URL])), scene.cancel_after(secs(100)));
    step.ended("cancelled", &[]);
    assert!(step.took <= secs(107), "{:?}", step.took);
    step.says("error", "the workflow was cancelled after 1.4.2 was rolled out; it stays");
    assert_eq!(step.headline(), "❌ the run was cancelled; web1 runs 1.4.2");
    assert_eq!(step.output("running-version"), "1.4.2");
    assert_eq!(scene.runs_in_the_end().await, [scene.digest("1.4.2")]);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_is_checked_only_if_asked() {
    let scene = Scene::ready();
    balanced(&scene);
    scene.deploy(&[]).await.is("deployed");
    let back = [URL, ("command", "rollback"), ("version", "1.4.1"), VERSION];
    let step = scene.deploy(&back).await;
    step.is("rolled-back");
    assert_eq!(step.web.len(), 0);
    scene.deploy(&[("version", "1.4.2")]).await.is("deployed");
    let step = scene.deploy(&[&back[..], &[("check-on-rollback", "true")]].concat()).await;
    step.is("rolled-back");
    assert_eq!(step.web.len(), 4, "{}", step.log());
}

#[tokio::test(start_paused = true)]
async fn what_the_answer_has_to_hold_is_known_before_anything_is_written() {
    let scene = Scene::ready();
    answering(&scene, &[Reply::status(200)]);
    let refusal = scene.refusal(&[URL, ("check-body", "{commit}")]).await;
    assert!(refusal.starts_with("`check-body` uses {commit}, but the commit of"), "{refusal}");
    let step = scene.deploy(&[URL, ("check-body", "{verison}"), ("dry-run", "true")]).await;
    step.says(
        "notice",
        "`check-body` has something like {version} in it, which is taken literally",
    );
}

#[tokio::test(start_paused = true)]
async fn credentials_are_sent_and_never_shown() {
    let scene = Scene::ready();
    answering(&scene, &[Reply::status(401)]);
    let url = "https://ann:hush@shop.example.com/health?key=hush";
    let step = scene.deploy(&[("check-url", url), ("check-timeout", "5s")]).await;
    step.is("undone");
    assert_eq!(step.web[0].headers["authorization"], "Basic YW5uOmh1c2g=");
    assert_eq!(step.web[0].url, "https://shop.example.com/health?key=hush");
    let all = format!("{}{}{}{:?}", step.log(), step.said("error"), step.summary, step.outputs);
    assert!(all.contains("https://shop.example.com/health?…") && !all.contains("hush"), "{all}");
}

/// Two apps, each with an address of its own, and what each answers after its rollout.
fn two_apps(web: Reply, cart: Reply) -> Scene {
    let scene = Scene::empty();
    let file = "cluster: prod\nregion: eu-central-1\non-failure: undo-all\n\
                check-url: 'https://{name}.example.com/'\ncheck-timeout: 30s\n\
                apps:\n  web: { package: apps/web, services: [web, web-worker] }\n  cart: { package: apps/cart }\n";
    scene.file(".github/ecs-release.yml", file);
    for (app, services) in [("web", &["web", "web-worker"][..]), ("cart", &["cart"])] {
        for version in ["1.0.0", "2.0.0"] {
            let image = Image::linux_amd64().content(&format!("{app} {version}"));
            scene.sim.repository(app).push(version, image);
        }
        let package = json!({ "name": app, "version": "2.0.0" });
        scene.file(&format!("apps/{app}/package.json"), package.to_string());
        let image = scene.sim.image(&format!("{app}:1.0.0"));
        for service in services {
            let definition =
                scene.sim.task_definition(service).container(service, &image).register();
            scene.sim.service("prod", service).running(&definition).start();
        }
    }
    scene.web.answers("https://web.example.com/", move |_| web.clone());
    scene.web.answers("https://cart.example.com/", move |_| cart.clone());
    scene
}

#[tokio::test(start_paused = true)]
async fn each_app_of_the_file_is_asked_at_its_own_address() {
    let scene = two_apps(Reply::status(200), Reply::status(200));
    let step = scene.deploy(&[("apps", "all")]).await;
    step.is("deployed");
    let asked = |host: &str| step.web.iter().filter(|it| it.url.contains(host)).count();
    assert_eq!((asked("web.example"), asked("cart.example")), (4, 4), "the worker is not asked");

    let scene = two_apps(Reply::status(200), Reply::status(500));
    let step = scene.deploy(&[("apps", "all")]).await;
    step.is("undone");
    step.says("error", "cart failed, so `on-failure: undo-all` undoes all services");
    step.says("error", "the check failed: https://cart.example.com did not pass 3 times in a row");
    tokio::time::sleep(secs(600)).await;
    for (app, service) in [("web", "web"), ("web", "web-worker"), ("cart", "cart")] {
        let old = scene.sim.repository(app).digest("1.0.0").expect("it was pushed");
        let running = scene.sim.truth("prod", service).running;
        let runs: Vec<&String> = running.iter().flat_map(|it| it.digests.values()).collect();
        assert_eq!(runs, [&old], "{service}");
    }
}
