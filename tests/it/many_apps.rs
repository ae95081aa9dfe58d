//! Sentences about many apps in one repository: what the tree asks for, what runs, and in which
//! order it gets there. The incident that this tool was made for is among them.

use serde_json::{Value, json};
use simulator::{Act, Behaviour, Fault, Image, When};

use crate::scene::{Scene, Step, crashes, secs};

const FILE: &str = "\
tag-template: '{name}-v{version}'
environments:
  prod: { cluster: prod, region: eu-central-1 }
  staging: { cluster: staging, region: eu-central-1 }
apps:
  api: { package: apps/api, services: [api, api-worker] }
  web: { package: apps/web, requires: { api: '>=2.3.0' } }
  docs: { package: apps/docs }
";

/// A repository with three apps, of which these versions run in `prod`.
struct Shop {
    scene: Scene,
}

impl Shop {
    fn open() -> Self {
        let shop = Self { scene: Scene::empty() };
        shop.scene.file(".github/ecs-release.yml", FILE);
        for (app, version) in [("api", "2.2.1"), ("web", "1.9.0"), ("docs", "1.0.0")] {
            shop.push(app, version);
            shop.asks_for(app, version);
        }
        for (service, app, version) in [
            ("api", "api", "2.2.1"),
            ("api-worker", "api", "2.2.1"),
            ("web", "web", "1.9.0"),
            ("docs", "docs", "1.0.0"),
        ] {
            let image = shop.scene.sim.image(&format!("{app}:{app}-v{version}"));
            let definition =
                shop.scene.sim.task_definition(service).container(service, &image).register();
            shop.scene.sim.service("prod", service).running(&definition).start();
        }
        shop
    }

    /// Builds an image; its digest.
    fn push(&self, app: &str, version: &str) -> String {
        let image = Image::linux_amd64().content(&format!("{app} {version}"));
        self.scene.sim.repository(app).push(&format!("{app}-v{version}"), image)
    }

    /// Raises the version in the tree.
    fn asks_for(&self, app: &str, version: &str) {
        let package = json!({ "name": format!("@shop/{app}"), "version": version });
        self.scene.file(&format!("apps/{app}/package.json"), package.to_string());
    }

    /// Raises the version and builds its image.
    fn raise(&self, app: &str, version: &str) -> String {
        self.asks_for(app, version);
        self.push(app, version)
    }

    async fn step(&self, with: &[(&str, &str)]) -> Step {
        let mut all = vec![("service", ""), ("package", ""), ("cluster", ""), ("region", "")];
        all.extend([("apps", "all"), ("environment", "prod")]);
        all.extend_from_slice(with);
        self.scene.deploy(&all).await
    }

    fn runs(&self, service: &str) -> String {
        let running = self.scene.sim.truth("prod", service).running;
        let [running] = running.as_slice() else { panic!("one version runs: {running:?}") };
        running.task_definition.rsplit('/').next().unwrap_or_default().to_owned()
    }
}

fn reports(step: &Step) -> Vec<Value> {
    serde_json::from_str(step.output("report")).expect("JSON")
}

/// Results by service, one text.
fn results(step: &Step) -> String {
    let text = |app: &Value| {
        let text = |name: &str| app[name].as_str().unwrap_or_default().to_owned();
        format!("{} {}", text("service"), text("result"))
    };
    reports(step).iter().map(text).collect::<Vec<_>>().join(", ")
}

/// The order in which services were updated.
fn updated(step: &Step) -> Vec<&str> {
    step.updates().into_iter().map(|it| it["service"].as_str().unwrap_or_default()).collect()
}

#[tokio::test(start_paused = true)]
async fn the_incident_is_refused_with_its_sentence() {
    let shop = Shop::open();
    shop.raise("web", "2.0.0");
    let step = shop.step(&[("apps", "web")]).await;
    step.is("refused");
    assert_eq!(step.writes(), [""; 0]);
    step.says("error", "web 2.0.0 needs api >=2.3.0, but prod runs 2.2.1");
    step.says("error", "Deploy api first, or name both in `apps`");

    let check = shop.step(&[("apps", "web"), ("command", "verify")]).await;
    check.is("refused");
    check.says("error", "web 2.0.0 needs api >=2.3.0, but prod runs 2.2.1");
    assert_eq!(check.writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn what_is_required_goes_first_where_both_go() {
    let shop = Shop::open();
    shop.raise("web", "2.0.0");
    shop.raise("api", "2.3.0");
    let step = shop.step(&[]).await;
    step.is("deployed");
    assert_eq!(results(&step), "api deployed, api-worker deployed, web deployed, docs unchanged");
    assert_eq!(updated(&step).last(), Some(&"web"));
    let finished = |service| shop.scene.sim.truth("prod", service).newest().finished;
    let web = shop.scene.sim.truth("prod", "web").newest().created;
    assert!(finished("api") < Some(web) && finished("api-worker") < Some(web));

    let again = shop.step(&[]).await;
    again.is("unchanged");
    assert_eq!(again.writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_app_behind_one_that_failed_is_held_and_the_next_run_takes_it_up() {
    let shop = Shop::open();
    shop.raise("web", "2.0.0");
    let broken = shop.raise("api", "2.3.0");
    shop.raise("docs", "1.1.0");
    shop.scene.sim.behaves(&broken, crashes());
    let step = shop.step(&[]).await;
    step.is("undone");
    assert_eq!(results(&step), "api undone, api-worker undone, web held, docs deployed");
    step.says("summary", "what has to go first did not succeed: api, api-worker");
    assert!(!updated(&step).contains(&"web"));

    shop.raise("api", "2.3.1");
    let step = shop.step(&[]).await;
    step.is("deployed");
    assert_eq!(results(&step), "api deployed, api-worker deployed, web deployed, docs unchanged");
}

#[tokio::test(start_paused = true)]
async fn a_version_in_this_run_that_is_too_low_is_refused_before_anything_is_written() {
    let shop = Shop::open();
    shop.raise("web", "2.0.0");
    shop.raise("api", "2.2.2");
    let step = shop.step(&[]).await;
    step.is("refused");
    assert_eq!(step.writes(), [""; 0]);
    step.says("error", "web 2.0.0 needs api >=2.3.0, but this run deploys 2.2.2");
    assert_eq!(results(&step), "api held, api-worker held, web refused, docs unchanged");
}

#[tokio::test(start_paused = true)]
async fn what_another_app_needs_is_told_by_a_rollback_which_goes_ahead() {
    let shop = Shop::open();
    shop.raise("api", "2.3.0");
    shop.raise("web", "2.0.0");
    assert_eq!(shop.step(&[]).await.result(), "deployed");
    let step = shop.step(&[("command", "rollback"), ("apps", "api")]).await;
    step.is("rolled-back");
    step.says(
        "warning",
        "web, of which 2.0.0 runs on prod, needs api >=2.3.0, but api is rolled back to 2.2.1",
    );
    assert_eq!((shop.runs("api"), shop.runs("web")), ("api:1".to_owned(), "web:2".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_rollback_of_all_goes_the_other_way_round() {
    let shop = Shop::open();
    for (app, version) in [("api", "2.3.0"), ("web", "2.0.0"), ("docs", "1.1.0")] {
        shop.raise(app, version);
    }
    assert_eq!(shop.step(&[]).await.result(), "deployed");
    let step = shop.step(&[("command", "rollback")]).await;
    step.is("rolled-back");
    let order = updated(&step);
    let place = |service| order.iter().position(|it| *it == service);
    assert!(place("web") < place("api") && place("web") < place("api-worker"), "{order:?}");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_of_a_required_app_is_a_warning() {
    let shop = Shop::open();
    shop.scene.file(".github/ecs-release.yml", FILE.replace(", services: [api, api-worker]", ""));
    shop.raise("web", "2.0.0");
    // web itself is described first.
    shop.scene.sim.fault("DescribeServices", When::Nth(2), Fault::AccessDenied);
    let step = shop.step(&[("apps", "web")]).await;
    step.is("deployed");
    step.says("warning", "web 2.0.0 needs api >=2.3.0, which could not be checked");
}

#[tokio::test(start_paused = true)]
async fn a_required_app_that_is_not_there_is_no_unknown_one() {
    let shop = Shop::open();
    let elsewhere = FILE.replace("services: [api, api-worker]", "services: [backend]");
    shop.scene.file(".github/ecs-release.yml", elsewhere);
    shop.raise("web", "2.0.0");
    let step = shop.step(&[("apps", "web")]).await;
    step.is("refused");
    step.says("error", "web 2.0.0 needs api >=2.3.0, but no task of it runs on prod");
    assert_eq!(step.writes(), [""; 0]);
}

/// It is in this run, which leaves it as it is.
#[tokio::test(start_paused = true)]
async fn a_required_app_of_which_no_task_runs_is_not_there() {
    let shop = Shop::open();
    shop.raise("api", "2.3.0");
    shop.step(&[("apps", "api")]).await.is("deployed");
    for service in ["api", "api-worker"] {
        shop.scene.sim.act(Act::desired_count("prod", service, 0));
    }
    tokio::time::sleep(secs(600)).await;
    shop.raise("web", "2.0.0");
    let step = shop.step(&[]).await;
    step.is("refused");
    step.says("error", "web 2.0.0 needs api >=2.3.0, but no task of it runs on prod");
    assert_eq!(step.writes(), [""; 0]);
}

/// api is behind somebody else's deployment for most of the time that each has.
#[tokio::test(start_paused = true)]
async fn what_requires_an_app_that_waits_has_its_own_time_left() {
    let shop = Shop::open();
    shop.raise("api", "2.3.0");
    shop.step(&[("apps", "api")]).await.is("deployed");
    let hangs = shop.push("api", "2.2.2");
    shop.scene.sim.behaves(&hangs, Behaviour::Hangs);
    let image = shop.scene.sim.image("api:api-v2.2.2");
    let theirs = shop.scene.sim.task_definition("api").container("api", &image).register();
    shop.scene.sim.act(Act::deploy("prod", "api", &theirs));
    shop.scene.sim.after(secs(200), Act::stop_deployment("prod", "api"));
    let slow = shop.raise("web", "2.0.0");
    shop.scene.sim.behaves(&slow, Behaviour::Healthy { ready_after: secs(100) });
    let step = shop.step(&[("timeout", "5m")]).await;
    step.is("deployed");
    let all = "api unchanged, api-worker unchanged, web deployed, docs unchanged";
    assert_eq!(results(&step), all);
    assert!(step.took > secs(300), "{:?}", step.took);
}

#[tokio::test(start_paused = true)]
async fn what_goes_first_has_to_be_waited_for() {
    let shop = Shop::open();
    shop.raise("api", "2.3.0");
    shop.raise("web", "2.0.0");
    let step = shop.step(&[("wait", "false")]).await;
    step.is("refused");
    step.says(
        "error",
        "web requires api, and with `wait: false` the step can't see whether api succeeds",
    );
    assert_eq!(step.requests.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn who_requires_an_app_that_has_no_image_is_planned_by_what_runs() {
    let shop = Shop::open();
    shop.asks_for("api", "2.3.0");
    shop.raise("web", "2.0.0");
    let step = shop.step(&[("command", "plan")]).await;
    assert_eq!(results(&step), "api blocked, api-worker blocked, web blocked, docs unchanged");
    step.says("warning", "web 2.0.0 needs api >=2.3.0, but prod runs 2.2.1");
    assert_eq!(step.output("any"), "false");
}

#[tokio::test(start_paused = true)]
async fn an_app_whose_service_is_not_there_yet_stops_no_plan() {
    let shop = Shop::open();
    shop.scene
        .file(".github/ecs-release.yml", FILE.to_owned() + "  shiny: { package: apps/docs }\n");
    let step = shop.step(&[("command", "plan")]).await;
    step.is("blocked");
    step.says("warning", "there is no service shiny in the cluster prod");
}

#[tokio::test(start_paused = true)]
async fn a_service_without_tasks_is_not_mixed() {
    let shop = Shop::open();
    let image = shop.scene.sim.image("docs:docs-v1.0.0");
    let definition = shop.scene.sim.task_definition("idle").container("idle", &image).register();
    shop.scene.sim.service("prod", "idle").running(&definition).desired(0).start();
    shop.scene.file(
        ".github/ecs-release.yml",
        FILE.replace("{ package: apps/docs }", "{ package: apps/docs, services: [docs, idle] }"),
    );
    let step = shop.step(&[("command", "status")]).await;
    step.is("listed");
    step.says("log", "idle in prod is set to 1.0.0, and no task of it runs");
}

/// It waits for its turn behind one that is slow, and is not begun any more.
#[tokio::test(start_paused = true)]
async fn undo_all_holds_what_still_waits_for_its_turn() {
    let shop = Shop::open();
    shop.raise("api", "2.3.0");
    shop.raise("web", "2.0.0");
    let broken = shop.raise("docs", "1.1.0");
    shop.scene.sim.behaves(&broken, crashes());
    let step = shop.step(&[("on-failure", "undo-all"), ("max-failed-tasks", "1")]).await;
    step.is("undone");
    assert_eq!(results(&step), "api undone, api-worker undone, web held, docs undone");
    assert!(!updated(&step).contains(&"web"));
    step.says("summary", "docs failed, so `on-failure: undo-all` deploys no other service");
    tokio::time::sleep(secs(600)).await;
    for service in ["api", "api-worker", "web", "docs"] {
        assert_eq!(shop.runs(service), format!("{service}:1"));
    }
}

#[tokio::test(start_paused = true)]
async fn the_plan_is_a_table_and_a_matrix_of_what_is_to_be_deployed() {
    let shop = Shop::open();
    shop.raise("api", "2.3.0");
    shop.raise("web", "2.0.0");
    shop.asks_for("docs", "1.1.0");
    let step = shop.step(&[("command", "plan")]).await;
    step.is("blocked");
    assert_eq!(step.writes(), [""; 0]);
    assert_eq!(results(&step), "api planned, api-worker planned, web planned, docs blocked");
    assert_eq!((step.output("any"), step.output("count")), ("true", "2"));
    let matrix: Value = serde_json::from_str(step.output("matrix")).expect("JSON");
    let leg = |app: &str, service: &str, from: &str, to: &str, stage: usize| {
        let why = format!("the checkout asks for {to}, and {from} runs");
        let package = shop.scene.file(&format!("apps/{app}/README.md"), "");
        let package = package.trim_end_matches("/README.md");
        json!({ "app": app, "service": service, "environment": "prod", "package": package,
                "from": from, "to": to, "stage": stage, "why": why })
    };
    let legs = [
        leg("api", "api\napi-worker", "2.2.1", "2.3.0", 0),
        leg("web", "web", "1.9.0", "2.0.0", 1),
    ];
    assert_eq!(matrix, json!({ "include": legs }));
    step.says("summary", "there is no image docs-v1.1.0");
    step.says("warning", "there is no image docs-v1.1.0");

    // Each leg by itself, in the order of its stage.
    for app in ["api", "web"] {
        assert_eq!(shop.step(&[("apps", app)]).await.result(), "deployed");
    }
    let step = shop.step(&[("command", "plan"), ("apps", "")]).await;
    assert_eq!(reports(&step).len(), 4);
    let step = shop.step(&[("command", "plan"), ("apps", "api\nweb")]).await;
    step.is("unchanged");
    assert_eq!((step.output("any"), step.output("count")), ("false", "0"));
    assert_eq!(step.output("matrix"), r#"{"include":[]}"#);
}

#[tokio::test(start_paused = true)]
async fn a_leg_keeps_the_rule_about_versions_that_were_rolled_back_from() {
    let shop = Shop::open();
    shop.raise("docs", "1.1.0");
    assert_eq!(shop.step(&[]).await.result(), "deployed");
    let back = shop.step(&[("command", "rollback"), ("apps", "docs")]).await;
    back.is("rolled-back");
    let plan = shop.step(&[("command", "plan")]).await;
    plan.is("blocked");
    plan.says("summary", "this service was rolled back from 1.1.0");
    assert_eq!(plan.output("any"), "false");
    shop.step(&[("apps", "docs")]).await.is("refused");
}

#[tokio::test(start_paused = true)]
async fn the_status_says_what_runs_and_fails_where_the_environment_is_mixed() {
    let shop = Shop::open();
    // Without `apps` it is of all.
    let step = shop.step(&[("command", "status"), ("apps", "")]).await;
    step.is("listed");
    assert_eq!(step.writes(), [""; 0]);
    assert_eq!(reports(&step)[0]["running-version"], "2.2.1");

    shop.raise("docs", "1.1.0");
    let step = shop.step(&[("command", "status")]).await;
    step.is("mixed");
    assert_eq!(results(&step), "api listed, api-worker listed, web listed, docs mixed");
    step.says("summary", "docs in prod runs 1.0.0; the checkout asks for 1.1.0");

    // Where nothing of it is there yet it is behind, and not mixed.
    for (app, version) in [("api", "2.3.0"), ("web", "2.0.0")] {
        shop.raise(app, version);
    }
    shop.step(&[("command", "status")]).await.is("listed");
}

#[tokio::test(start_paused = true)]
async fn undo_all_brings_back_what_is_required_last() {
    let shop = Shop::open();
    shop.raise("api", "2.3.0");
    let broken = shop.raise("web", "2.0.0");
    shop.scene.sim.behaves(&broken, crashes());
    let step = shop.step(&[("on-failure", "undo-all")]).await;
    step.is("undone");
    assert_eq!(results(&step), "api undone, api-worker undone, web undone, docs unchanged");
    tokio::time::sleep(secs(600)).await;
    for service in ["api", "api-worker", "web"] {
        assert_eq!(shop.runs(service), format!("{service}:1"));
    }
}

#[tokio::test(start_paused = true)]
async fn what_several_apps_require_is_read_once() {
    let shop = Shop::open();
    let file =
        FILE.replace("{ package: apps/docs }", "{ package: apps/docs, requires: { api: '>=2' } }");
    shop.scene.file(".github/ecs-release.yml", file);
    shop.raise("web", "2.0.0");
    shop.raise("docs", "1.1.0");
    let step = shop.step(&[("command", "plan"), ("apps", "web\ndocs")]).await;
    assert_eq!(results(&step), "web blocked, docs planned");
    let of_api = |it: &&simulator::Recorded| it.body["services"][0] == "api";
    assert_eq!(step.requests.iter().filter(of_api).count(), 1);
}

/// The incident by a revert in the tree.
#[tokio::test(start_paused = true)]
async fn a_deployment_below_what_another_app_needs_is_told() {
    let shop = Shop::open();
    shop.raise("api", "2.3.0");
    shop.raise("web", "2.0.0");
    assert_eq!(shop.step(&[]).await.result(), "deployed");
    shop.asks_for("api", "2.2.1");
    let sentence = "web, of which 2.0.0 runs on prod, needs api >=2.3.0, but api changes to 2.2.1";
    for apps in ["api", "all"] {
        let plan = shop.step(&[("command", "plan"), ("apps", apps)]).await;
        plan.says("warning", sentence);
    }
}

/// By the classic view, where ECS may not be asked for its list.
#[tokio::test(start_paused = true)]
async fn what_is_under_way_is_not_shown_as_failed() {
    let shop = Shop::open();
    shop.raise("docs", "1.1.0");
    shop.scene.sim.fault("ListServiceDeployments", When::Always, Fault::AccessDenied);
    shop.step(&[("apps", "docs"), ("wait", "false")]).await.is("started");
    let step = shop.step(&[("command", "status")]).await;
    step.is("mixed");
    step.says("summary", "| docs | ⏳ `1.0.0` |");
    step.says("summary", "(1.1.0 is in progress)");
}
