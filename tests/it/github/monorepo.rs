//! Many apps in one repository, at GitHub: the commits and the git tags of each.

mod changed;

use serde_json::{Value, json};
use simulator::Image;

use super::{REVISION, conforms};
use crate::scene::{Scene, Step};

const FILE: &str = "\
tag-template: '{name}-v{version}'
cluster: prod
shared: [pnpm-lock.yaml]
apps:
  api: { package: apps/api }
  web: { package: apps/web, shared: [design] }
";

/// Two apps on 1.4.1 of a first commit; web depends on packages/ui, and that on packages/base.
fn shop() -> Scene {
    let scene = Scene::empty().on("push", &json!({}));
    scene.file(".github/ecs-release.yml", FILE);
    scene.file("package.json", r#"{ "workspaces": ["apps/*", "packages/*"] }"#);
    for (folder, depends_on) in
        [("apps/api", None), ("apps/web", Some("ui")), ("packages/ui", Some("base"))]
    {
        package(&scene, folder, "1.4.1", depends_on.into_iter());
    }
    package(&scene, "packages/base", "0.1.0", [].into_iter());
    let begun = scene.github.commit_touching("Begin", &["README.md"]);
    for app in ["api", "web"] {
        push(&scene, app, "1.4.1", &begun);
        let tag = format!("{app}-v1.4.1");
        scene.sim.service("prod", app).running_version(&tag).desired(1).start();
    }
    scene
}

fn package<'a>(
    scene: &Scene,
    folder: &str,
    version: &str,
    depends_on: impl Iterator<Item = &'a str>,
) {
    let name = folder.rsplit('/').next().unwrap_or_default();
    let dependencies: Value = depends_on.map(|it| (format!("@shop/{it}"), json!("*"))).collect();
    let package = json!({
        "name": format!("@shop/{name}"), "version": version, "dependencies": dependencies,
    });
    scene.file(&format!("{folder}/package.json"), package.to_string());
}

/// Builds an image of `commit`.
fn push(scene: &Scene, app: &str, version: &str, commit: &str) {
    let image = Image::linux_amd64().content(&format!("{app} {version}")).label(REVISION, commit);
    scene.sim.repository(app).push(&format!("{app}-v{version}"), image);
}

/// The titles of the commits that were added, of each app.
fn added(step: &Step) -> Vec<Vec<String>> {
    let reports: Vec<Value> = serde_json::from_str(step.output("report")).expect("JSON");
    let titles = |report: &Value| {
        let commits = report["commits"]["added"].as_array().cloned().unwrap_or_default();
        commits.iter().map(|it| it["title"].as_str().expect("a title").to_owned()).collect()
    };
    reports.iter().map(titles).collect()
}

#[tokio::test(start_paused = true)]
async fn the_commits_of_an_app_are_those_of_its_folder_and_of_what_it_depends_on() {
    let scene = shop();
    for (title, file) in [
        ("Paint the button", "packages/ui/button.ts"),
        ("Serve faster", "apps/api/server.ts"),
        ("Name the colours", "design/tokens.json"),
        ("Update what is installed", "pnpm-lock.yaml"),
        ("Round the numbers", "packages/base/round.ts"),
    ] {
        scene.github.commit_touching(title, &[file]);
    }
    let commit = scene.github.commit_touching("Show the cart", &["apps/web/cart.ts"]);
    for app in ["api", "web"] {
        push(&scene, app, "1.4.2", &commit);
    }
    package(&scene, "apps/api", "1.4.2", [].into_iter());
    package(&scene, "apps/web", "1.4.2", ["ui"].into_iter());
    let tagged = [("git-tag", "{name}@{version}"), ("github-release", "true")];
    let step = scene.deploy(&[("apps", "all"), tagged[0], tagged[1]]).await;
    step.is("deployed");
    let of_web = ["Show the cart", "Round the numbers", "Name the colours", "Paint the button"];
    assert_eq!(added(&step), [&["Serve faster"][..], &of_web]);
    step.says("log", "What changes in apps/web, packages/ui, packages/base, design");
    step.says("summary", "in `apps/web`, `packages/ui`, `packages/base`, `design`");
    let tags = scene.github.tags();
    assert_eq!((tags.get("api@1.4.2"), tags.get("web@1.4.2")), (Some(&commit), Some(&commit)));
    assert_eq!(tags.len(), 2);
    for release in scene.github.releases() {
        let notes = release.notes.unwrap_or_default();
        let titles = [&of_web[..], &["Serve faster"]].concat();
        let told: Vec<&str> = titles.into_iter().filter(|it| notes.contains(*it)).collect();
        let own = if release.tag == "api@1.4.2" { &["Serve faster"][..] } else { &of_web };
        assert_eq!(told, own, "{}", release.tag);
    }
    assert_eq!(scene.github.releases().len(), 2);
    conforms(&step);
}

#[tokio::test(start_paused = true)]
async fn each_service_leaves_the_post_step_its_own_record_and_nothing_in_the_end() {
    let scene = shop();
    let commit = scene.github.commit_touching("Show the cart", &["apps/web/cart.ts"]);
    for app in ["api", "web"] {
        push(&scene, app, "1.4.2", &commit);
        package(&scene, &format!("apps/{app}"), "1.4.2", [].into_iter());
    }
    let with = [("apps", "all"), ("github-deployment", "true"), ("environment", "prod")];
    let step = scene.deploy(&with).await;
    step.is("deployed");
    for (at, app) in ["api", "web"].iter().enumerate() {
        let own = step.states.iter().filter(|(name, _)| *name == format!("github-deployment-{at}"));
        let own: Vec<&str> = own.map(|(_, value)| value.as_str()).collect();
        assert!(own[0].contains(&format!("prod-{app}")), "{own:?}");
        assert_eq!(own.last(), Some(&""), "{app}");
    }
}

#[tokio::test(start_paused = true)]
async fn of_many_folders_so_many_are_asked_for_and_the_rest_is_counted() {
    let scene = shop();
    let names: Vec<String> = (0..10).map(|number| format!("part{number}")).collect();
    for name in &names {
        package(&scene, &format!("packages/{name}"), "1.0.0", [].into_iter());
    }
    let commit = scene.github.commit_touching("Mend a part", &["packages/part3/a.ts"]);
    push(&scene, "web", "1.4.2", &commit);
    package(&scene, "apps/web", "1.4.2", names.iter().map(String::as_str));
    let step = scene.deploy(&[("apps", "web"), ("dry-run", "true")]).await;
    assert_eq!(added(&step), [["Mend a part"]]);
    let listed = step.github.iter().filter(|it| it.operation == "repos/list-commits").count();
    assert_eq!(listed, 8);
    // Ten packages, and design.
    step.says("summary", "4 more folders were not read");
    step.says("log", "4 more folders were not read");
    conforms(&step);
}

#[tokio::test(start_paused = true)]
async fn a_workspace_that_can_not_be_read_stops_a_deployment_and_no_rollback() {
    let scene = shop();
    push(&scene, "web", "1.4.2", &"0".repeat(40));
    package(&scene, "apps/web", "1.4.2", ["ui"].into_iter());
    scene.deploy(&[("apps", "web")]).await.is("deployed");
    scene.file("packages/ui/package.json", "{ \"name\": ");
    let step = scene.deploy(&[("apps", "web")]).await;
    step.is("refused");
    assert_eq!((step.requests.len(), step.github.len()), (0, 0));
    step.says("error", "packages/ui/package.json");
    scene.deploy(&[("apps", "web"), ("command", "rollback")]).await.is("rolled-back");
}
