//! What the pictures of the documents show: the shop of the demo some weeks later, as its
//! steps report it.
//!
//! Where the variable `PICTURES` names a folder, the reports are left there for
//! `tests/tools/pictures/make.py`.

use std::path::PathBuf;
use std::time::Duration;
use std::{env, fs};

use serde_json::json;
use simulator::Image;

use crate::scene::{Scene, Step, crashes};

const REVISION: &str = "org.opencontainers.image.revision";
const FILE: &str = "\
environments:
  staging: { cluster: staging, region: eu-central-1 }
  prod: { cluster: prod, region: eu-central-1 }
apps:
  shop: { package: apps/shop }
  cart: { package: apps/cart }
";

struct Shop {
    scene: Scene,
}

impl Shop {
    fn open() -> Self {
        let scene = Scene::empty().at_its_own_time().on("push", &json!({}));
        scene.file(".github/ecs-release.yml", FILE);
        scene.github.commit("Begin");
        scene.github.file("main", ".github/workflows/rollback.yml", "on: workflow_dispatch");
        let shop = Self { scene };
        for (app, version) in [("shop", "1.4.0"), ("cart", "2.0.0")] {
            shop.scene.file(&format!("apps/{app}/package.json"), "{}");
            shop.merge(app, version, 100, &format!("Release {version} of {app}"));
            for cluster in ["staging", "prod"] {
                let image = shop.scene.sim.image(&format!("{app}:{version}"));
                let definition =
                    shop.scene.sim.task_definition(app).container(app, &image).register();
                let service = shop.scene.sim.service(cluster, app).running(&definition);
                let service = service.desired(2).circuit_breaker(true);
                let is_reached = cluster == "prod";
                if is_reached { service.load_balancer() } else { service }.start();
            }
        }
        shop
    }

    /// Merges a pull request and builds a version of it.
    fn merge(&self, app: &str, version: &str, number: u64, title: &str) {
        let files = [format!("apps/{app}/index.js")];
        let commit = self
            .scene
            .github
            .commit_touching(&format!("{title} (#{number})"), &[files[0].as_str()]);
        self.scene.github.merged_by(&commit, number, title);
        let image = Image::multi_arch(&["linux/amd64", "linux/arm64"]).content(version);
        self.scene.sim.repository(app).push(version, image.label(REVISION, &commit));
    }

    async fn step(&self, inputs: &[(&str, &str)]) -> Step {
        let outside = [("service", ""), ("package", ""), ("cluster", ""), ("region", "")];
        // On the heap: all steps of the shop are those of one test.
        Box::pin(self.scene.deploy(&[&outside[..], inputs].concat())).await
    }

    async fn brings(&self, app: &str, to: &str, version: &str, reason: &str) -> Step {
        let recorded = [("github-deployment", "true"), ("reason", reason)];
        let what = [("apps", app), ("environment", to), ("version", version)];
        self.step(&[&recorded[..], &what].concat()).await
    }
}

impl Shop {
    /// The issue that says what runs where, and the comment of the shop in production.
    fn tracker(&self) -> String {
        let github = &self.scene.github;
        let issue = github.issues().pop().expect("there is one");
        let mut comments = github.comments(issue.number).into_iter().map(|it| it.body);
        let of_the_shop = comments.find(|it| it.contains("Service shop (cluster prod"));
        let comment = of_the_shop.expect("the shop has one");
        format!("## {}\n\n{}\n\n---\n\n{comment}", issue.title, issue.body)
    }
}

async fn hours(hours: u64) {
    tokio::time::advance(Duration::from_secs(3600 * hours)).await;
}

/// What there is to be seen, by the names of the pictures.
async fn reports() -> Vec<(&'static str, String)> {
    let shop = Shop::open();
    hours(70).await;
    shop.merge("shop", "1.4.1", 118, "Pay by invoice");
    shop.brings("shop", "staging", "1.4.1", "Sprint 12").await.is("deployed");
    hours(26).await;
    shop.brings("shop", "prod", "1.4.1", "Sprint 12").await.is("deployed");
    shop.merge("cart", "2.1.0", 121, "Keep the cart for thirty days");
    shop.brings("cart", "staging", "2.1.0", "Sprint 12").await.is("deployed");
    hours(60).await;
    shop.merge("shop", "1.4.2", 124, "Ask the tax service once a day");
    shop.brings("shop", "staging", "1.4.2", "Sprint 13").await.is("deployed");
    hours(20).await;
    shop.brings("cart", "prod", "2.1.0", "Sprint 13").await.is("deployed");
    shop.brings("shop", "prod", "1.4.2", "Sprint 13").await.is("deployed");
    hours(9).await;
    let back = [
        ("command", "rollback"),
        ("apps", "shop"),
        ("environment", "prod"),
        ("version", "1.4.1"),
        ("reason", "The checkout is slow since 1.4.2"),
        ("github-deployment", "true"),
    ];
    shop.step(&back).await.is("rolled-back");
    hours(30).await;
    shop.merge("shop", "1.4.3", 127, "Move the tax service to its own queue");
    let digest = shop.scene.sim.repository("shop").digest("1.4.3").expect("it was pushed");
    shop.scene.sim.behaves(&digest, crashes());
    shop.brings("shop", "staging", "1.4.3", "Fix the checkout").await.is("undone");
    hours(5).await;
    shop.merge("shop", "1.4.4", 129, "Name the queue of the tax service");
    shop.brings("shop", "staging", "1.4.4", "Fix the checkout").await.is("deployed");
    hours(18).await;
    let deployed = shop.brings("shop", "prod", "1.4.4", "Fix the checkout").await;
    deployed.is("deployed");
    hours(40).await;
    let list = [("command", "list"), ("apps", "shop"), ("environment", "prod")];
    let list = shop.step(&list).await;
    for environment in ["staging", "prod"] {
        let all = [("command", "list"), ("apps", "all"), ("environment", environment)];
        shop.step(&[&all[..], &[("tracker", "issue")]].concat()).await.is("listed");
    }
    let page = shop.step(&[("command", "page")]).await;
    page.is("listed");
    let html = page.files.into_values().next().expect("a page is written");
    vec![
        ("list.md", list.summary),
        ("deploy.md", deployed.summary),
        ("tracker.md", shop.tracker()),
        ("page.html", html),
    ]
}

#[tokio::test(start_paused = true)]
async fn the_pictures_show_what_the_steps_of_the_shop_report() {
    let folder = env::var_os("PICTURES").map(PathBuf::from);
    for (name, report) in reports().await {
        assert!(report.contains("1.4.4"), "{name}: {report}");
        if let Some(folder) = &folder {
            fs::write(folder.join(name), report).expect("the folder can be written");
        }
    }
}
