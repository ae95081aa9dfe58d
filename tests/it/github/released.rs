//! The whole action with a GitHub that listens: what only processes show.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use simulator::github::TOKEN;
use simulator::{GitHub, Image, Pace, REGION, Server, Simulator};

use super::REVISION;
use crate::action::{Action, Run};
use crate::openapi;

/// A service on 1.4.1, and the repository that its images are built of.
struct Shop {
    aws: Simulator,
    github: GitHub,
    servers: [Server; 2],
    commit: String,
}

impl Shop {
    async fn at(pace: Pace) -> Self {
        let (aws, github) = (Simulator::in_real_time(), GitHub::in_real_time());
        aws.pace(pace);
        let [_, commit] = ["1.4.1", "1.4.2"].map(|version| {
            let commit = github.commit(&format!("Release {version}"));
            let image = Image::linux_amd64().content(version).label(REVISION, &commit);
            aws.repository("web1").push(version, image);
            commit
        });
        aws.service("prod", "web1").running_version("1.4.1").desired(1).start();
        let servers = [
            aws.serve().await.expect("a port of 127.0.0.1 is free"),
            github.serve().await.expect("a port of 127.0.0.1 is free"),
        ];
        Self { aws, github, servers, commit }
    }

    fn step(&self) -> Action {
        // As GitHub Enterprise Server has it.
        let api = format!("{}/api/v3", self.servers[1].url());
        Action::released(Path::new(env!("CARGO_BIN_EXE_ecs-release")))
            .aws(self.servers[0].url(), REGION)
            .github(&api, TOKEN)
            .file("package.json", "{ \"version\": \"1.4.2\" }")
            .input("cluster", "prod")
            .input("service", "web1")
            .input("github-deployment", "true")
            .input("environment", "production")
    }

    /// The states of the one deployment that is recorded.
    fn states(&self) -> Vec<String> {
        let all = self.github.deployments();
        let [one] = &all[..] else { panic!("one deployment is recorded: {all:?}") };
        one.statuses.iter().map(|it| it.state.clone()).collect()
    }

    async fn until_recorded(&self) {
        while self.github.deployments().iter().all(|it| it.statuses.is_empty()) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

fn output<'a>(run: &'a Run, name: &str) -> &'a str {
    run.outputs.get(name).map_or("", String::as_str)
}

#[tokio::test]
async fn a_deployment_is_recorded_over_sockets_and_nothing_is_left_for_the_post_step() {
    let shop = Shop::at(Pace::real().faster(50.0)).await;
    let run = shop.step().input("git-tag", "v{version}").run().await;
    assert_eq!((output(&run, "result"), run.code), ("deployed", 0), "{}", run.log);
    assert_eq!(shop.states(), ["in_progress", "success"]);
    assert_eq!(shop.github.tags().get("v1.4.2"), Some(&shop.commit));
    assert!(run.log.contains("What changes: commits added: 1"), "{}", run.log);
    assert!(run.summary.contains("Release 1.4.2"), "{}", run.summary);
    assert!(!run.log.contains(TOKEN) && !run.summary.contains(TOKEN), "the token is a secret");
    assert_eq!(run.state.get("github-deployment-0").map(String::as_str), Some(""));
    let headers = |it: &simulator::github::Recorded| {
        let json = Some("application/json".to_owned());
        let version = Some("2022-11-28".to_owned());
        it.api_version == version && (it.body.is_null() || it.content_type == json)
    };
    assert!(shop.github.requests().iter().all(headers));
    assert_eq!(openapi::judge(&shop.github.requests()), [""; 0]);

    let before = shop.github.requests().len();
    let post = shop.step().post(&run.state).run().await;
    assert_eq!((post.code, post.log.as_str()), (0, ""));
    assert_eq!(shop.github.requests().len(), before, "the binary is not even started");
}

#[tokio::test]
async fn what_a_killed_step_left_open_is_closed_by_the_post_step() {
    let shop = Shop::at(Pace::real()).await;
    let step = shop.step().start();
    step.until("updated the service").await;
    shop.until_recorded().await;
    let run = step.kill().await;
    let id = shop.github.deployments()[0].id.to_string();
    let left: Value = serde_json::from_str(&run.state["github-deployment-0"]).expect("JSON");
    assert_eq!(left["id"].to_string(), id, "{}", run.log);
    assert_eq!(shop.states(), ["in_progress"]);

    let post = shop.step().post(&run.state).run().await;
    assert_eq!(post.code, 0, "{}", post.log);
    assert_eq!(shop.states(), ["in_progress", "error"]);
    // Killed between sending and hearing, the id is not known; and a run that could say
    // how it ended is repeated in its own words.
    for (key, states) in [(left["key"].clone(), 3), ("of-another-run".into(), 3)] {
        let mut left = left.clone();
        (left["id"], left["key"]) = (Value::Null, key);
        (left["state"], left["description"]) = ("success".into(), "web1 runs 1.4.2".into());
        let left = BTreeMap::from([("github-deployment-0".to_owned(), left.to_string())]);
        // The other inputs may be gone by then.
        let post = shop.step().without_variable("AWS_REGION").post(&left).run().await;
        assert_eq!((post.code, shop.states().len()), (0, states), "{}", post.log);
    }
    assert_eq!(shop.states(), ["in_progress", "error", "success"]);
    // More than one variable of Linux's may hold.
    let words = "web1 runs 1.4.2 ".repeat(20);
    let of_each = |at: usize| {
        let mut left = left.clone();
        left["description"] = json!(words);
        (format!("github-deployment-{at}"), left.to_string())
    };
    let many: BTreeMap<String, String> = (0..500).map(of_each).collect();
    assert!(many.values().map(String::len).sum::<usize>() > 128 * 1024);
    let post = shop.step().post(&many).run().await;
    assert_eq!((post.code, shop.states().len()), (0, 503), "{}", post.log);
    // Where the token is gone, that is said.
    let post = shop.step().input("github-token", "").post(&run.state).run().await;
    assert_eq!(post.code, 0, "{}", post.log);
    assert!(post.log.contains("a GitHub Deployment is left open"), "{}", post.log);
    assert_eq!(openapi::judge(&shop.github.requests()), [""; 0]);
    assert_eq!(shop.aws.writes().len(), 2);
}

#[tokio::test]
async fn a_pull_request_is_verified_and_told() {
    let shop = Shop::at(Pace::real().faster(50.0)).await;
    shop.github.branch("fix", "main");
    shop.github.pull_request(7, "Fix", "fix", "main");
    let event = json!({ "pull_request": {
        "number": 7,
        "user": { "login": "octocat" },
        "head": { "ref": "fix", "sha": "f00d", "repo": { "id": 1 } },
        "base": { "ref": "main", "repo": { "id": 1 } },
    }});
    let step = shop.step().file("event.json", &event.to_string());
    let step = step.variable("GITHUB_EVENT_PATH", "event.json");
    let run =
        step.variable("GITHUB_EVENT_NAME", "pull_request").input("command", "verify").run().await;
    assert_eq!((output(&run, "result"), run.code), ("verified", 0), "{}", run.log);
    let comments = shop.github.comments(7);
    assert!(comments[0].body.contains("1.4.2 can be deployed to web1"), "{comments:?}");
    assert_eq!(shop.aws.writes().len(), 0);
}
