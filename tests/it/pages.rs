//! Sentences about the page that `page` writes, and what a browser makes of it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use simulator::{ACCOUNT, Image};

use crate::python;
use crate::scene::{Scene, Step, crashes};

const PAGE: &[(&str, &str)] = &[("command", "page")];
const HOME: &str = "https://github.example/octo-org/shop/";
const REVISION: &str = "org.opencontainers.image.revision";

/// A text that wants to be everything but text.
const HOSTILE: &str = "</style></title><script>document.title='pwned'</script><img src=x \
                       onerror=pwned>\" onfocus=\"pwned &lt;b&gt; javascript:pwned @octocat \u{202e}pwned";

fn release(scene: &Scene, version: &str, title: &str) {
    let commit = scene.github.commit(title);
    let image = Image::linux_amd64().content(version).label(REVISION, &commit);
    scene.sim.repository("web1").push(version, image);
}

/// 1.4.2 was deployed over 1.4.1, 1.4.3 failed, and 1.4.2 was rolled back.
async fn with_a_past(title: &str, reason: &str) -> Scene {
    let scene = Scene::empty().at_its_own_time().on("push", &json!({}));
    let pass = |hours: u64| tokio::time::advance(Duration::from_secs(3600 * hours));
    release(&scene, "1.4.1", "Begin");
    scene.sim.service("prod", "web1").running_version("1.4.1").desired(1).start();
    pass(30).await;
    release(&scene, "1.4.2", title);
    release(&scene, "1.4.3", "Sort the cart (#9)");
    let recorded =
        [("github-deployment", "true"), ("environment", "production"), ("reason", reason)];
    let deploy = |version| [&recorded[..], &[("version", version)]].concat();
    Box::pin(scene.deploy(&deploy("1.4.2"))).await.is("deployed");
    pass(20).await;
    scene.sim.behaves(&scene.digest("1.4.3"), crashes());
    Box::pin(scene.deploy(&deploy("1.4.3"))).await.is("undone");
    pass(2).await;
    let back = [&recorded[..], &[("command", "rollback"), ("version", "1.4.1")]].concat();
    Box::pin(scene.deploy(&back)).await.is("rolled-back");
    pass(9).await;
    scene
}

/// The only file that was written, and its name in the checkout.
fn page(step: &Step) -> &str {
    assert_eq!(step.writes(), [""; 0]);
    assert_eq!(step.github_writes(), [""; 0]);
    let files: Vec<_> = step.files.iter().collect();
    let [(path, page)] = files[..] else { panic!("one file is written: {:?}", step.files) };
    assert!(path.ends_with(step.output("page-file")), "{}", path.display());
    assert!(page.len() <= 1024 * 1024, "{}", page.len());
    assert!(!page.contains(ACCOUNT) && !page.contains("arn:"), "{page}");
    page
}

#[tokio::test(start_paused = true)]
async fn a_page_says_what_ran_when_what_it_brought_and_how_it_ended() {
    let scene = with_a_past("Add a cart", "Ship it").await;
    let step = scene.deploy(PAGE).await;
    step.is("listed");
    assert_eq!(step.output("page-file"), "ecs-release.html");
    step.says("log", "wrote ecs-release.html");
    let page = page(&step);
    for said in [
        "web1 runs 1.4.1.",
        "<time datetime=\"2026-01-02T06:00:00Z\">2026-01-02 06:00</time>",
        "rolled back",
        "; requested by octocat",
        "reason given: <q class=\"reason\">Ship it</q>",
        "Add a cart",
        "by octocat",
        &scene.digest("1.4.2"),
        "workflow run",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let bars = |class: &str| page.matches(&format!("<li class=\"{class}\" style")).count();
    let [now, well, back, wrong] = ["now", "well", "back", "wrong"].map(bars);
    assert_eq!([now, well, back, wrong], [1, 1, 1, 1], "{page}");
}

#[tokio::test(start_paused = true)]
async fn a_page_leads_to_the_form_that_rolls_back_where_there_is_one() {
    let scene = with_a_past("Add a cart", "Ship it").await;
    let step = scene.deploy(PAGE).await;
    let without = "to the workflow that runs <code>command: rollback</code>.";
    assert!(page(&step).contains(without), "{}", page(&step));
    scene.github.file("main", ".github/workflows/back.yml", "on: workflow_dispatch");
    let step = scene.deploy(&[PAGE, &[("rollback-workflow", "back.yml")]].concat()).await;
    let form = "/octo-org/shop/actions/workflows/back.yml\">the rollback form</a>.";
    assert!(page(&step).contains(form), "{}", page(&step));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_said_beside_what_can() {
    let scene = with_a_past("Add a cart", "Ship it").await;
    let both = [PAGE, &[("service", "web1\nweb2"), ("package", "")]].concat();
    let step = scene.deploy(&both).await;
    step.is("refused");
    let page = page(&step);
    assert!(page.contains("What runs here could not be read: there is no such service."), "{page}");
    assert!(page.contains("web1 runs 1.4.1."), "{page}");
    assert!(page.contains("web2</a>; prod: what runs is not known"), "{page}");
}

#[tokio::test(start_paused = true)]
async fn a_page_has_every_environment_of_every_app() {
    let scene = many_apps();
    let whole: [(&str, &str); 5] =
        [("command", "page"), ("apps", ""), ("service", ""), ("package", ""), ("cluster", "")];
    let step = scene.deploy(&[&whole[..], &[("region", "")]].concat()).await;
    step.is("listed");
    let page = page(&step);
    assert_eq!(page.matches("<section").count(), 2, "{page}");
    assert_eq!(page.matches("<h3>").count(), 4, "{page}");
    assert!(page.contains(">shop</a>; prod: runs 1.0.0; staging: runs 1.1.0</li>"), "{page}");
    let one = [("apps", "shop"), ("environment", "staging")];
    let step = scene.deploy(&[&whole[..], &[("region", "")], &one].concat()).await;
    assert_eq!(self::page(&step).matches("<h3>").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_place_outside_of_the_checkout_is_refused_before_anything_is_read() {
    let scene = Scene::ready();
    for (file, why) in [
        ("../page.html", "is not in the checkout"),
        ("public/index.html", "there is no folder public"),
    ] {
        let step = scene.deploy(&[PAGE, &[("page-file", file)]].concat()).await;
        step.is("refused");
        step.says("error", "input `page-file`: ");
        step.says("error", why);
        assert_eq!((step.requests.len(), step.files.len()), (0, 0));
    }
    let step = scene.deploy(&[("page-file", "page.html")]).await;
    step.says("error", "input `page-file` is only for `command: page`");
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_run_leaves_the_page_that_is_there() {
    let scene = Scene::ready();
    scene.cancel_after(Duration::ZERO).await;
    let step = scene.deploy(PAGE).await;
    step.is("cancelled");
    assert_eq!(step.files, BTreeMap::new());
}

#[tokio::test(start_paused = true)]
async fn a_page_that_cannot_be_written_fails_the_step() {
    let scene = Scene::ready();
    // No file system takes a name that is so long.
    let name = format!("{}.html", "x".repeat(300));
    let step = scene.deploy(&[PAGE, &[("page-file", &name)]].concat()).await;
    step.is("failed");
    step.says("error", "the page was not written");
    assert!(step.output("failure-reason").contains("cannot be written"), "{:?}", step.outputs);
    assert_eq!((step.output("page-file"), step.files.len()), ("", 0));
}

/// Two apps in two environments.
fn many_apps() -> Scene {
    let scene = Scene::empty().at_its_own_time().on("push", &json!({}));
    scene.file(
        ".github/ecs-release.yml",
        "environments:\n  prod: { cluster: prod, region: eu-central-1 }\n  staging: { cluster: \
         staging, region: eu-central-1 }\napps:\n  shop: { package: apps/shop }\n  cart: { package: apps/cart }\n",
    );
    for app in ["shop", "cart"] {
        scene.file(&format!("apps/{app}/package.json"), "{}");
        for (cluster, version) in [("prod", "1.0.0"), ("staging", "1.1.0")] {
            let image = Image::linux_amd64().content(&format!("{app} {version}"));
            scene.sim.repository(app).push(version, image);
            let image = scene.sim.image(&format!("{app}:{version}"));
            let definition = scene.sim.task_definition(app).container(app, &image).register();
            scene.sim.service(cluster, app).running(&definition).start();
        }
    }
    scene
}

#[tokio::test(start_paused = true)]
async fn a_browser_shows_each_page_and_asks_for_nothing() {
    let Some(()) = browser() else { return };
    let case = |step: &Step, texts: &[&str]| {
        let page = page(step);
        let summaries = page.matches("<summary>").count();
        assert!(summaries > 0, "{page}");
        json!({ "page": page, "home": HOME, "summaries": summaries, "texts": texts })
    };
    let ordinary = with_a_past("Add a cart", "Ship it").await.deploy(PAGE).await;
    let two = [PAGE, &[("service", "web1\nweb2"), ("package", "")]].concat();
    let unreadable = with_a_past("Add a cart", "Ship it").await.deploy(&two).await;
    let (title, reason) = (HOSTILE.to_owned() + &"x".repeat(10_000), HOSTILE.replace('\n', " "));
    let hostile = with_a_past(&title, &reason).await.deploy(PAGE).await;
    let shown = HOSTILE.replace('\u{202e}', "\\u{202e}");
    let wrong = python::judge(
        "page_judge.py",
        [
            case(&ordinary, &["1.4.2", "Add a cart"]),
            case(&unreadable, &["there is no such service"]),
            case(&hostile, &[&shown]),
        ],
    );
    assert_eq!(wrong, [""; 0]);
}

/// Whether there is one.
#[allow(clippy::print_stderr, reason = "what was not looked at is said")]
fn browser() -> Option<()> {
    let found = python::tool("chromium.py").stderr(std::process::Stdio::piped()).output();
    let found = found.expect("the tool can be started");
    if !found.status.success() {
        eprintln!("skipped: {}", String::from_utf8_lossy(&found.stderr).trim());
        return None;
    }
    Some(())
}

#[test]
fn the_browser_sees_what_is_wrong_with_a_page() {
    let Some(()) = browser() else { return };
    let page = "<h1 style='color:#aaa'>Pale</h1><h4>Deep</h4><div style='width:50rem'>.</div>\
                <a href='https://evil.example'>out</a><img src='/picture.png'><script>1</script>\
                <details><summary tabindex=-1>Not reached</summary></details>";
    let case = json!({ "page": page, "home": HOME, "summaries": 1, "texts": ["absent"] });
    let wrong = python::judge("page_judge.py", [case]).join("\n");
    for seen in [
        "light: H1 has a contrast of 2.32",
        "heading 1 is of level 4",
        "at 360 px it is",
        "a link leads to https://evil.example",
        "there is a IMG",
        "there is a SCRIPT",
        "/picture.png was asked for",
        "Tab reaches 0 versions of 1",
        "the first thing that Tab reaches is not the link that skips",
        "absent is not said",
        "there are 0 of main",
        "it has no language or no title",
    ] {
        assert!(wrong.contains(seen), "{seen}:\n{wrong}");
    }
}
