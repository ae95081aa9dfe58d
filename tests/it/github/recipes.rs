//! The workflows of the documents for pull requests, played: with the inputs that stand
//! there, the token that their permissions make, and the events that set them off.

use serde_json::{Value, json};
use simulator::github::{Grants, May, TOKEN};

use super::{REVISION, conforms, pull_request};
use crate::scene::{Scene, Step};

/// The job of the recipe whose workflow has this name.
fn job(workflow: &str) -> Value {
    let workflow = crate::readme::workflow(workflow);
    let events: Vec<&String> = workflow["on"].as_object().expect("events").keys().collect();
    assert_eq!(events, ["pull_request", "merge_group"]);
    assert_eq!(workflow["permissions"], json!({}), "a job gets what it needs, and nothing else");
    workflow["jobs"].as_object().expect("jobs").values().next().expect("a job").clone()
}

fn grants(permissions: &Value) -> Grants {
    let may = |name: &str| match permissions[name].as_str() {
        Some("write") => May::Write,
        Some("read") => May::Read,
        _ => May::Nothing,
    };
    Grants::none()
        .contents(may("contents"))
        .pull_requests(may("pull-requests"))
        .deployments(may("deployments"))
        .issues(may("issues"))
}

/// Whether the step that signs in to AWS runs.
fn signs_in(job: &Value, event: &str, payload: &Value) -> bool {
    let step = job["steps"].as_array().expect("steps").iter().find(|step| {
        step["uses"].as_str().is_some_and(|it| it.starts_with("aws-actions/configure"))
    });
    let condition = step.expect("it signs in")["if"].as_str().expect("not always");
    let condition = condition.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(
        condition,
        "github.event_name != 'pull_request' || \
         (github.event.pull_request.head.repo.full_name == github.repository && \
         github.event.pull_request.user.login != 'dependabot[bot]')"
    );
    let pull_request = &payload["pull_request"];
    event != "pull_request"
        || (pull_request["head"]["repo"]["id"] == 1
            && pull_request["user"]["login"] != "dependabot[bot]")
}

/// Plays the recipe on a version that the base branch does not have yet.
async fn play(workflow: &str, version: &str, event: &str, payload: &Value) -> (Scene, Step) {
    let job = job(workflow);
    let signs_in = signs_in(&job, event, payload);
    let scene = Scene::empty().on(event, payload);
    let scene = if signs_in { scene } else { scene.without_credentials() };
    // A token of a fork or of Dependabot can only read, whatever the job asks for.
    let grants = if signs_in { grants(&job["permissions"]) } else { Grants::read_only() };
    scene.github.token(TOKEN, grants);
    let base = scene.github.commit("Release 1.4.1");
    scene.github.file(&base, "package.json", "{ \"version\": \"1.4.1\" }");
    scene.github.commit_on("fix", "Raise", &[]);
    scene.github.pull_request(7, "Raise", "fix", "main");
    for tag in ["1.4.1", "1.4.2"] {
        let image = simulator::Image::linux_amd64().content(tag).label(REVISION, &base);
        scene.sim.repository("shop").push(tag, image);
    }
    scene.sim.service("prod", "shop").running_version("1.4.1").desired(2).start();
    scene.file("package.json", format!("{{ \"version\": \"{version}\" }}"));
    let step = job["steps"].as_array().and_then(|steps| steps.last()).expect("steps").clone();
    let with = step["with"].as_object().expect("inputs");
    let mut given: Vec<(&str, &str)> =
        with.iter().map(|(name, value)| (name.as_str(), value.as_str().expect("text"))).collect();
    for name in ["cluster", "service"] {
        if !with.contains_key(name) {
            given.push((name, ""));
        }
    }
    let step = scene.deploy(&given).await;
    conforms(&step);
    assert_eq!(step.writes(), [""; 0]);
    (scene, step)
}

fn events() -> [(&'static str, Value); 4] {
    let mut fork = pull_request(7);
    fork["pull_request"]["head"]["repo"]["id"] = json!(2);
    let mut dependabot = pull_request(7);
    dependabot["pull_request"]["user"]["login"] = json!("dependabot[bot]");
    let queue = json!({ "merge_group": { "base_sha": "main", "base_ref": "refs/heads/main" } });
    [
        ("pull_request", pull_request(7)),
        ("pull_request", fork),
        ("pull_request", dependabot),
        ("merge_group", queue),
    ]
}

#[tokio::test(start_paused = true)]
async fn the_check_on_a_version_bump() {
    let results = ["verified", "unverified", "unverified", "verified"];
    for ((event, payload), result) in events().into_iter().zip(results) {
        let (scene, step) = play("Check the version", "1.4.3", event, &payload).await;
        assert_eq!((step.result(), step.code), (result, 0), "{}", step.log());
        let is_told = event == "pull_request" && result == "verified";
        assert_eq!(scene.github.comments(7).len(), usize::from(is_told));
        // Forgotten, it fails everywhere, with credentials or without.
        let (_, step) = play("Check the version", "1.4.1", event, &payload).await;
        step.is("refused");
    }
    // What has been released cannot be released once more.
    let (_, step) = play("Check the version", "1.4.2", "pull_request", &pull_request(7)).await;
    step.says("error", "already names an image");
}

#[tokio::test(start_paused = true)]
async fn the_check_on_a_promotion() {
    let results = ["verified", "unverified", "unverified", "verified"];
    for ((event, payload), result) in events().into_iter().zip(results) {
        let (scene, step) = play("Check the promotion", "1.4.2", event, &payload).await;
        assert_eq!((step.result(), step.code), (result, 0), "{}", step.log());
        let is_told = event == "pull_request" && result == "verified";
        assert_eq!(scene.github.comments(7).len(), usize::from(is_told));
        assert!(!step.summary.contains("are not listed"), "its token may read: {}", step.summary);
    }
    let (scene, step) =
        play("Check the promotion", "1.4.9", "pull_request", &pull_request(7)).await;
    assert_eq!((step.result(), step.code), ("refused", 1));
    assert!(scene.github.comments(7)[0].body.contains("❌ 1.4.9 cannot be deployed to shop"));
}
