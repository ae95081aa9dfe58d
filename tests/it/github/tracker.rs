//! The issue that says what runs where.

mod at_once;
mod trouble;

use std::time::Duration;

use serde_json::{Value, json};
use simulator::github::{Comment, Grants, Issue, JOB_LOGIN, Kind};
use simulator::{Behaviour, Fault, When};

use super::{Shop, conforms, shop, shop_under_codedeploy};
use crate::hostile::active;
use crate::scene::{Scene, Step, crashes};

const TRACKED: (&str, &str) = ("tracker", "issue");
const LIST: (&str, &str) = ("command", "list");
const ROLLBACK: (&str, &str) = ("command", "rollback");
const RECORDED: [(&str, &str); 2] = [("github-deployment", "true"), ("environment", "production")];

const FORM: &str = "https://github.example/octo-org/shop/actions/workflows/rollback.yml";
const BEGIN: &str = "<!-- ecs-release tracker -->\n";
const END: &str = "<!-- ecs-release tracker end -->";

/// A shop whose default branch has the workflow of the rollback.
fn shop_with_a_form() -> Scene {
    let Shop { scene, .. } = shop();
    scene.github.file("main", ".github/workflows/rollback.yml", "on: workflow_dispatch");
    scene
}

async fn step(scene: &Scene, with: &[(&str, &str)]) -> Step {
    let step = scene.deploy(&[&[TRACKED], with].concat()).await;
    conforms(&step);
    step
}

/// The only issue there is.
fn issue(scene: &Scene) -> Issue {
    let mut issues = scene.github.issues();
    assert_eq!(issues.len(), 1, "there is one: {issues:?}");
    issues.remove(0)
}

/// Its comments, oldest first.
fn comments(scene: &Scene) -> Vec<Comment> {
    scene.github.comments(issue(scene).number)
}

/// What was asked about issues.
fn asked(step: &Step) -> Vec<&str> {
    let all = step.github.iter().map(|it| it.operation);
    all.filter(|it| it.starts_with("issues/")).collect()
}

/// The cells of the rows of a table that have this word.
fn rows<'a>(markdown: &'a str, word: &str) -> Vec<Vec<&'a str>> {
    let rows = markdown.lines().filter(|line| line.starts_with('|') && line.contains(word));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

#[tokio::test(start_paused = true)]
async fn the_first_deployment_opens_it_and_says_what_runs_and_how_to_go_back() {
    let scene = shop_with_a_form();
    let step = step(&scene, &[("reason", "Ship it")]).await;
    step.is("deployed");
    assert_eq!(
        asked(&step),
        [
            "issues/list-for-repo",
            "issues/create",
            "issues/list-for-repo",
            "issues/list-comments",
            "issues/create-comment",
            "issues/list-comments",
            "issues/get",
            "issues/update",
            "issues/list-comments",
        ]
    );
    let query = &step.github.iter().find(|it| it.operation == "issues/list-for-repo");
    let query = &query.expect("it is looked for").query;
    assert!(
        query.starts_with("labels=ecs-release&state=all&sort=created&direction=asc"),
        "{query}"
    );
    let issue = issue(&scene);
    assert_eq!(
        (issue.title.as_str(), issue.labels.as_slice()),
        ("What runs where", &["ecs-release".to_owned()][..])
    );
    let [comment] = &comments(&scene)[..] else { panic!("one comment") };
    let versions = format!("[Versions](#issuecomment-{})", comment.id);
    let [row] = &rows(&issue.body, "web1")[..] else { panic!("one row: {}", issue.body) };
    assert_eq!(row[..4], ["web1", "prod", "eu-central-1", "`1.4.2`"]);
    assert_eq!(row[5..], ["octocat", "1.4.2: succeeded", &versions]);
    let [new] = &rows(&comment.body, "`1.4.2` runs now")[..] else { panic!("{}", comment.body) };
    assert!(new[1].contains("Release 1.4.2, by octocat<br>"), "{new:?}");
    let run = "https://github.example/octo-org/shop/actions/runs/4711";
    assert_eq!(new[3..6], ["now", "succeeded", &format!("octocat; Ship it; [Run]({run})")]);
    assert_eq!(new[6], "", "it runs already");
    let [old] = &rows(&comment.body, "Roll back")[..] else { panic!("{}", comment.body) };
    assert_eq!((old[0], old[6]), ("`1.4.1`", format!("[Roll back]({FORM}) to `1.4.1`").as_str()));
    assert_eq!(step.said("notice"), "");
}

#[tokio::test(start_paused = true)]
async fn a_second_run_looks_and_writes_nothing_where_nothing_changed() {
    // Without a record only the first run knows who asked for it.
    for with in [&RECORDED[..], &[]] {
        let scene = shop_with_a_form();
        step(&scene, with).await.is("deployed");
        let before = (issue(&scene).body, comments(&scene)[0].body.clone());
        assert_eq!(rows(&before.0, "web1")[0][5], "octocat");
        for (again, result) in [(with, "unchanged"), (&[LIST], "listed")] {
            let step = step(&scene, again).await;
            step.is(result);
            assert_eq!(asked(&step), ["issues/list-for-repo", "issues/list-comments"]);
            assert_eq!((issue(&scene).body, comments(&scene)[0].body.clone()), before);
        }
        // And nobody is asked where none is kept.
        assert_eq!(asked(&scene.deploy(&[LIST]).await), [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_makes_all_of_it_anew() {
    let scene = shop_with_a_form();
    step(&scene, &RECORDED).await.is("deployed");
    let before = comments(&scene).remove(0);
    scene.github.delete_comment(before.id);
    scene.github.edit_issue(issue(&scene).number, |issue| issue.body = format!("{BEGIN}\n{END}"));
    let step = step(&scene, &[LIST]).await;
    assert_eq!(
        step.github_writes(),
        ["issues/create-comment", "issues/update"],
        "the issue is found by its marks"
    );
    assert_eq!(comments(&scene)[0].body, before.body);
    assert_eq!(rows(&issue(&scene).body, "web1").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_and_an_undo_are_told_with_what_failed() {
    let scene = shop_with_a_form();
    step(&scene, &[]).await.is("deployed");
    step(&scene, &[ROLLBACK, ("reason", "The cart is empty")]).await.is("rolled-back");
    let body = comments(&scene)[0].body.clone();
    let [left] = &rows(&body, "rolled back")[..] else { panic!("{body}") };
    assert!(left[0].starts_with("`1.4.2`"), "{left:?}");
    assert_eq!(left[6], format!("[Roll back]({FORM}) to `1.4.2`"));
    assert!(rows(&body, "runs now")[0][5].contains("The cart is empty"), "{body}");
    scene.push("1.4.3");
    scene.sim.behaves(&scene.digest("1.4.3"), crashes());
    step(&scene, &[("version", "1.4.3")]).await.is("undone");
    let body = comments(&scene)[0].body.clone();
    let [failed] = &rows(&body, "`1.4.3`")[..] else { panic!("{body}") };
    assert_eq!((failed[0], failed[4]), ("`1.4.3` rolled back", "superseded"), "as ECS has it");
    assert_eq!(rows(&body, "runs now")[0][0], "`1.4.1` runs now");
    assert_eq!(rows(&issue(&scene).body, "web1")[0][3], "`1.4.1`");
    assert_eq!(comments(&scene).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_aws_does_not_list_is_told_by_what_the_run_knows() {
    let scene = shop_with_a_form();
    scene.sim.fault("ListServiceDeployments", When::Always, Fault::AccessDenied);
    step(&scene, &[]).await.is("deployed");
    let body = comments(&scene)[0].body.clone();
    let [new] = &rows(&body, "`1.4.2`")[..] else { panic!("{body}") };
    assert_eq!((new[0], new[4]), ("`1.4.2` runs now", "succeeded"));
    // A list that knows nothing of what ran takes nothing away.
    let step = step(&scene, &[LIST]).await;
    step.says("notice", "the tracker does not show web1: the history of the service is not known");
    assert_eq!(step.github_writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn what_changes_nothing_writes_nothing() {
    let scene = shop_with_a_form();
    for (with, result) in
        [(&[("dry-run", "true")][..], "planned"), (&[("version", "9.9.9")], "refused")]
    {
        let step = step(&scene, with).await;
        step.is(result);
        assert_eq!(asked(&step), [""; 0], "{result}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_words_of_people_around_the_table_stay_as_they_are() {
    let scene = shop_with_a_form();
    step(&scene, &[]).await.is("deployed");
    let number = issue(&scene).number;
    let (before, after) = ("Ask @mona first.\r\n\r\n", "\r\n## On call\r\n- #12\r\n  \t ");
    scene.github.edit_issue(number, |issue| {
        issue.body = format!("{before}{}{after}", issue.body);
        issue.title = "Production".to_owned();
        issue.closed = Some("completed".to_owned());
    });
    step(&scene, &[ROLLBACK]).await.is("rolled-back");
    let edited = issue(&scene);
    assert!(edited.body.starts_with(&format!("{before}{BEGIN}")), "{}", edited.body);
    assert!(edited.body.ends_with(&format!("{END}{after}")), "{}", edited.body);
    assert_eq!(rows(&edited.body, "web1")[0][3], "`1.4.1`");
    assert_eq!(
        (edited.title.as_str(), edited.closed.as_deref()),
        ("Production", Some("completed"))
    );
}

#[tokio::test(start_paused = true)]
async fn where_a_mark_is_gone_the_table_comes_anew_behind_all_that_is_there() {
    let scene = shop_with_a_form();
    step(&scene, &[]).await.is("deployed");
    scene
        .github
        .edit_issue(issue(&scene).number, |issue| issue.body = issue.body.replace(END, "Mine"));
    let damaged = issue(&scene).body;
    for command in [ROLLBACK, LIST] {
        step(&scene, &[command]).await;
        let body = issue(&scene).body;
        assert!(body.starts_with(&damaged), "{body}");
        assert_eq!(body.matches(BEGIN).count(), 2, "{body}");
        let (_, new) = body.rsplit_once(BEGIN).expect("it is there");
        assert_eq!(rows(new, "web1")[0][3], "`1.4.1`");
    }
}

#[tokio::test(start_paused = true)]
async fn the_oldest_issue_with_the_label_and_a_mark_is_the_one_whoever_opened_it() {
    let scene = shop_with_a_form();
    let body = format!("Hello\n{BEGIN}{END}");
    let labels = &["bug", "Ecs-Release"];
    scene.github.issue("mallory", "No label", &body, &["bug"]);
    scene.github.issue("mona", "No mark", "About ecs-release", labels);
    scene.github.branch("topic", "main");
    scene.github.pull_request(40, "A pull request", "topic", "main");
    scene.github.describe_pull_request(40, &body, labels);
    let ours = scene.github.issue("mona", "Ours", &body, labels);
    scene.github.issue("mona", "Another", &body, labels);
    let step = step(&scene, &[]).await;
    assert_eq!(step.github_writes(), ["issues/create-comment", "issues/update"]);
    let changed = scene.github.issues().into_iter().filter(|it| it.body.contains("`1.4.2`"));
    assert_eq!(changed.map(|it| it.number).collect::<Vec<_>>(), [ours]);
}

#[tokio::test(start_paused = true)]
async fn a_comment_of_somebody_else_is_neither_changed_nor_believed() {
    let scene = shop_with_a_form();
    step(&scene, &[]).await.is("deployed");
    let ours = comments(&scene).remove(0);
    let number = issue(&scene).number;
    let forged = ours.body.replace("web1", "forged");
    scene.github.comment(number, "mallory", Kind::User, &forged);
    scene.github.comment(number, "mallory", Kind::User, &ours.body);
    scene.github.comment(number, JOB_LOGIN, Kind::Bot, &format!("> {}", ours.body));
    step(&scene, &[ROLLBACK]).await.is("rolled-back");
    let now = comments(&scene);
    assert_eq!((now.len(), now[1].body.as_str(), &now[2].body), (4, forged.as_str(), &ours.body));
    assert!(now[0].body.contains("`1.4.1` runs now"), "{}", now[0].body);
    assert!(!issue(&scene).body.contains("forged"), "{}", issue(&scene).body);
}

#[tokio::test(start_paused = true)]
async fn of_two_comments_of_one_service_the_newest_word_counts() {
    let scene = shop_with_a_form();
    step(&scene, &[]).await.is("deployed");
    let first = comments(&scene)[0].body.clone();
    scene.github.comment(issue(&scene).number, JOB_LOGIN, Kind::Bot, &first);
    step(&scene, &[ROLLBACK]).await.is("rolled-back");
    let body = issue(&scene).body;
    assert_eq!((rows(&body, "web1").len(), rows(&body, "`1.4.1`").len()), (1, 1), "{body}");
    assert_eq!(comments(&scene)[1].body, first);
}

#[tokio::test(start_paused = true)]
async fn the_row_of_a_service_that_is_gone_stays_until_its_comment_is_deleted() {
    let scene = shop_with_a_form();
    scene.sim.service("prod", "web2").running_version("1.4.1").desired(1).start();
    let both = [("service", "web1\nweb2"), ("repository", "web1")];
    let first = step(&scene, &both).await;
    first.is("deployed");
    let created = first.github_writes().iter().filter(|it| **it == "issues/create-comment").count();
    assert_eq!((created, rows(&issue(&scene).body, "`1.4.2`").len()), (2, 2));
    step(&scene, &[ROLLBACK]).await.is("rolled-back");
    let body = issue(&scene).body;
    assert_eq!((rows(&body, "`1.4.1`").len(), rows(&body, "`1.4.2`").len()), (1, 1), "{body}");
    let gone = comments(&scene).into_iter().find(|it| it.body.contains("web2"));
    scene.github.delete_comment(gone.expect("it has one").id);
    step(&scene, &[LIST]).await.is("listed");
    assert_eq!(rows(&issue(&scene).body, "web2").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn many_services_ask_for_few_commits_and_have_a_row_each() {
    let scene = shop_with_a_form();
    let names: Vec<String> = (0..12).map(|at| format!("app{at:02}")).collect();
    let image = scene.sim.image("web1:1.4.1");
    for name in &names {
        let definition = scene.sim.task_definition(name).container(name, &image).register();
        scene.sim.service("prod", name).running(&definition).start();
    }
    let with = [("service", names.join("\n")), ("repository", "web1".to_owned())];
    let with: Vec<(&str, &str)> = with.iter().map(|(name, it)| (*name, it.as_str())).collect();
    let without = scene.deploy(&[&with[..], &[("version", "1.4.2")]].concat()).await;
    without.is("deployed");
    let step = step(&scene, &[&with[..], &[("version", "1.4.1")]].concat()).await;
    step.is("deployed");
    assert_eq!(rows(&issue(&scene).body, "`1.4.1`").len(), 12);
    // The form, the issue twice and its creation, the comments thrice and each of them, the body.
    assert_eq!(step.github.len() - without.github.len(), 1 + 3 + 3 + 12 + 2);
    let comments = comments(&scene);
    assert!(comments.iter().all(|it| it.body.contains("[compare](")), "{comments:?}");
}

#[tokio::test(start_paused = true)]
async fn without_the_form_it_is_said_what_to_save_and_nothing_leads_nowhere() {
    let Shop { scene, .. } = shop();
    step(&scene, &[("rollback-workflow", "back.yaml")]).await.is("deployed");
    let body = comments(&scene)[0].body.clone();
    assert!(!body.contains("/actions/workflows/"), "{body}");
    assert!(body.contains("Save the rollback workflow as `.github/workflows/back.yaml`"));
    let scene = shop_with_a_form();
    scene
        .github
        .token(simulator::github::TOKEN, Grants::all().contents(simulator::github::May::Nothing));
    scene.github.hides_itself(false);
    step(&scene, &[]).await.is("deployed");
    let body = comments(&scene)[0].body.clone();
    assert!(body.contains("It is not known whether `.github/workflows/rollback.yml` exists"));
}

#[tokio::test(start_paused = true)]
async fn what_others_wrote_stays_text_and_the_account_stays_out_of_it() {
    let hostile =
        "<img src=x onerror=pwned> [pwned](https://evil.example) @octocat fixes #1 | --> \u{202e}";
    let scene = Scene::empty().on("push", &json!({}));
    for version in ["1.4.1", "1.4.2"] {
        let title = format!("{hostile}{version}{}", "x".repeat(10_000));
        let commit = scene.github.commit(&title);
        let image =
            simulator::Image::linux_amd64().content(version).label(super::REVISION, &commit);
        scene.sim.repository("web1").push(version, image);
    }
    scene.sim.service("prod", "web1").running_version("1.4.1").desired(1).start();
    let reason = format!("{hostile} {} {}", simulator::ACCOUNT, "y".repeat(900));
    step(&scene, &[("reason", &reason)]).await.is("deployed");
    for body in [issue(&scene).body, comments(&scene)[0].body.clone()] {
        assert_eq!(active(&body), [], "{body}");
        assert!(!body.contains(simulator::ACCOUNT) && !body.contains('\u{202e}'), "{body}");
        assert!(body.len() < 5_000, "{}", body.len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_deployment_by_codedeploy_is_told_once_and_one_that_was_stopped_too() {
    let Shop { scene, .. } = shop_under_codedeploy();
    step(&scene, &[]).await.is("deployed");
    let body = comments(&scene)[0].body.clone();
    let [new] = &rows(&body, "`1.4.2` runs now")[..] else { panic!("{body}") };
    assert_eq!((new[4], new[5].starts_with("octocat")), ("succeeded", true));
    assert_ne!(new[2], "", "CodeDeploy says when: {body}");
    assert_eq!(rows(&issue(&scene).body, "web1").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_a_person_stops_is_told() {
    let scene = crate::points::blue_green(
        30,
        &[crate::points::pause("POST_TEST_TRAFFIC_SHIFT", "ROLLBACK")],
    )
    .on("push", &json!({}));
    scene.github.commit("Begin");
    let reached = step(&scene, &[("wait-until", "paused")]).await;
    reached.is("reached");
    assert_eq!(rows(&issue(&scene).body, "web1")[0][3], "`1.4.1`");
    let id = reached.output("deployment-id").to_owned();
    step(&scene, &[("command", "stop"), ("deployment", &id)]).await.is("rolled-back");
    let body = comments(&scene)[0].body.clone();
    let [stopped] = &rows(&body, "`1.4.2`")[..] else { panic!("{body}") };
    assert!(stopped[4].contains("rolled back"), "{stopped:?}");
    assert_eq!(rows(&body, "runs now")[0][0], "`1.4.1` runs now");
}

#[tokio::test(start_paused = true)]
async fn whoever_lets_a_deployment_go_on_or_follows_it_has_not_asked_for_it() {
    let pause = crate::points::pause("POST_TEST_TRAFFIC_SHIFT", "ROLLBACK");
    for goes_on in [true, false] {
        let scene =
            crate::points::blue_green(30, std::slice::from_ref(&pause)).on("push", &json!({}));
        scene.github.commit("Begin");
        let reached = scene.deploy(&[("wait-until", "paused")]).await;
        reached.is("reached");
        let (id, reason) = (reached.output("deployment-id").to_owned(), ("reason", "Not mine"));
        let (with, result) = match goes_on {
            true => ([("command", "continue"), ("deployment", id.as_str()), reason], "deployed"),
            false => ([("wait-until", "paused"), ("command", "deploy"), reason], "reached"),
        };
        step(&scene, &with).await.is(result);
        let body = comments(&scene)[0].body.clone();
        let [new] = &rows(&body, "`1.4.2`")[..] else { panic!("{body}") };
        assert_eq!((new[5], body.contains("octocat")), ("", false), "{body}");
    }
}

/// A cancel that comes while the tracker is written.
#[tokio::test(start_paused = true)]
async fn a_cancel_is_honoured_in_time_and_what_was_deployed_stays_so() {
    let alone = shop_with_a_form();
    let took = scene_took(&alone).await;
    let scene = shop_with_a_form();
    let hang = simulator::github::Fault::Timeout { applied: true };
    scene.github.fault("issues/list-for-repo", When::Always, hang);
    let delay = took + Duration::from_secs(4);
    let (step, ()) = tokio::join!(scene.deploy(&[TRACKED]), scene.cancel_after(delay));
    step.is("deployed");
    assert!(step.took < delay + Duration::from_secs(7), "{:?}", step.took);
    step.says("notice", "the tracker was not updated in time");
    // The end was told before.
    let scene = shop_with_a_form();
    scene.sim.behaves(&scene.digest("1.4.2"), Behaviour::Hangs);
    let cancel = scene.cancel_after(Duration::from_secs(20));
    let (step, ()) = tokio::join!(scene.deploy(&[TRACKED]), cancel);
    step.is("cancelled");
    assert!(step.took < Duration::from_secs(27), "{:?}", step.took);
}

async fn scene_took(scene: &Scene) -> Duration {
    let step = scene.deploy(&[]).await;
    step.is("deployed");
    step.took
}

/// What a row says to the next run.
fn hidden(body: &str) -> Value {
    let line = body.lines().nth(1).unwrap_or_default();
    let row = line.strip_prefix("<!-- ecs-release row ").and_then(|it| it.strip_suffix(" -->"));
    serde_json::from_str(row.unwrap_or_default()).unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn two_environments_of_an_app_have_two_rows() {
    let scene = shop_with_a_form();
    scene.sim.service("staging", "web1").running_version("1.4.1").desired(1).start();
    let file = "environments:\n  prod: { cluster: prod, region: eu-central-1 }\n  staging: { cluster: staging, region: eu-central-1 }\napps:\n  web1: { package: package.json, services: [web1] }\n";
    scene.file(".github/ecs-release.yml", file);
    for environment in ["staging", "prod"] {
        let with = [("apps", "web1"), ("environment", environment), ("repository", "web1")];
        step(&scene, &with).await.is("deployed");
    }
    let body = issue(&scene).body;
    let named: Vec<Vec<&str>> = rows(&body, "`1.4.2`").iter().map(|it| it[..4].to_vec()).collect();
    assert_eq!(named, [["web1", "prod", "web1", "prod"], ["web1", "staging", "web1", "staging"]]);
    let rows: Vec<Value> = comments(&scene).iter().map(|it| hidden(&it.body)).collect();
    assert_eq!(
        (&rows[0]["environment"], &rows[1]["environment"]),
        (&json!("staging"), &json!("prod"))
    );
    assert!(comments(&scene)[0].body.contains("### web1 in staging"));
}
