//! The life of a service from an empty cluster on, and of two apps in each kind of monorepo:
//! deployed, raised, failed in one leg, tried again, rolled back.

use serde_json::{Value, json};
use simulator::Image;

use crate::scene::{Scene, Step, crashes};

/// A kind of monorepo: its files beside those of the apps, and the inputs that name its apps.
struct Kind {
    name: &'static str,
    files: &'static [(&'static str, &'static str)],
    with: &'static [(&'static str, &'static str)],
    /// Where the version of `api` stands, and what the file says.
    api: fn(&str) -> (&'static str, String),
}

const WORKSPACES: &[(&str, &str)] = &[("apps", "workspaces"), ("cluster", "prod")];

fn package_of_api(version: &str) -> (&'static str, String) {
    ("apps/api/package.json", package("api", version))
}

fn package(app: &str, version: &str) -> String {
    json!({ "name": format!("@shop/{app}"), "version": version, "private": true }).to_string()
}

const KINDS: [Kind; 6] = [
    Kind {
        name: "npm",
        files: &[(
            "package.json",
            r#"{ "private": true, "workspaces": ["apps/*", "packages/*"] }"#,
        )],
        with: WORKSPACES,
        api: package_of_api,
    },
    Kind {
        name: "yarn",
        files: &[(
            "package.json",
            r#"{ "workspaces": { "packages": ["apps/**"], "nohoist": [] } }"#,
        )],
        with: WORKSPACES,
        api: package_of_api,
    },
    Kind {
        name: "pnpm",
        files: &[
            ("package.json", r#"{ "private": true }"#),
            (
                "pnpm-workspace.yaml",
                "packages:\n  - 'apps/*'\n  - 'packages/*'\n  - '!apps/tool'\n",
            ),
        ],
        with: WORKSPACES,
        api: package_of_api,
    },
    Kind {
        name: "lerna",
        files: &[("lerna.json", r#"{ "version": "independent", "packages": ["apps/*"] }"#)],
        with: WORKSPACES,
        api: package_of_api,
    },
    Kind {
        name: "mixed languages",
        files: &[(
            ".github/ecs-release.yml",
            "cluster: prod\napps:\n  api: { version-file: apps/api/pyproject.toml }\n  web: { package: apps/web }\n",
        )],
        with: &[("apps", "all")],
        api: |version| {
            (
                "apps/api/pyproject.toml",
                format!("[project]\nname = \"api\"\nversion = \"{version}\"\n"),
            )
        },
    },
    Kind {
        name: "release-please",
        files: &[(
            ".github/ecs-release.yml",
            "cluster: prod\napps:\n  api: { version-file: .release-please-manifest.json, package: apps/api }\n  web: { package: apps/web }\n",
        )],
        with: &[("apps", "all")],
        api: |version| {
            (".release-please-manifest.json", json!({ "apps/api": version }).to_string())
        },
    },
];

struct Monorepo {
    scene: Scene,
    kind: Kind,
}

impl Monorepo {
    /// Both apps are on 1.0.0, and so is the tree.
    fn of(kind: Kind) -> Self {
        let repository = Self { scene: Scene::empty(), kind };
        // The scene's own.
        repository.scene.file("package.json", "{}");
        for (name, content) in repository.kind.files {
            repository.scene.file(name, content);
        }
        repository.scene.file("apps/tool/package.json", package("tool", "0.0.1"));
        repository.asks_for("1.0.0", "1.0.0");
        for app in ["api", "web"] {
            repository.push(app, "1.0.0");
            repository.scene.sim.service("prod", app).running_version("1.0.0").start();
        }
        repository
    }

    fn asks_for(&self, api: &str, web: &str) {
        let (file, content) = (self.kind.api)(api);
        self.scene.file(file, content);
        self.scene.file("apps/web/package.json", package("web", web));
    }

    fn push(&self, app: &str, version: &str) -> String {
        let image = Image::linux_amd64().content(&format!("{app} {version}"));
        self.scene.sim.repository(app).push(version, image)
    }

    async fn step(&self, with: &[(&str, &str)]) -> Step {
        self.scene.deploy(&[self.kind.with, with].concat()).await
    }

    fn runs(&self) -> [String; 2] {
        ["api", "web"].map(|app| {
            let running = self.scene.sim.truth("prod", app).running;
            let is_it = |version: &&str| {
                let digest = self.scene.sim.repository(app).digest(version);
                running.iter().all(|it| it.digests.get(app) == digest.as_ref())
            };
            let version = ["1.0.0", "1.1.0", "1.1.1"].into_iter().find(is_it);
            version.unwrap_or("more than one").to_owned()
        })
    }
}

#[track_caller]
fn ended(kind: &str, step: &Step, expected: [&str; 2]) {
    let report: Vec<Value> = serde_json::from_str(step.output("report")).expect("JSON");
    let results: Vec<&str> = report.iter().filter_map(|it| it["result"].as_str()).collect();
    assert_eq!(results, expected, "{kind}\n{}\n{}", step.log(), step.said("error"));
}

async fn lives(kind: Kind) {
    let name = kind.name;
    let repository = Monorepo::of(kind);
    let step = repository.step(&[]).await;
    ended(name, &step, ["unchanged"; 2]);
    assert_eq!(step.writes(), [""; 0], "{name}");

    repository.asks_for("1.1.0", "1.1.0");
    repository.push("api", "1.1.0");
    let broken = repository.push("web", "1.1.0");
    repository.scene.sim.behaves(&broken, crashes());
    ended(name, &repository.step(&[]).await, ["deployed", "undone"]);
    assert_eq!(repository.runs(), ["1.1.0", "1.0.0"], "{name}");

    repository.asks_for("1.1.0", "1.1.1");
    repository.push("web", "1.1.1");
    let step = repository.step(&[]).await;
    ended(name, &step, ["unchanged", "deployed"]);
    assert_eq!(step.updates().len(), 1, "{name}");
    assert_eq!(repository.runs(), ["1.1.0", "1.1.1"], "{name}");

    ended(name, &repository.step(&[("command", "rollback")]).await, ["rolled-back"; 2]);
    assert_eq!(repository.runs(), ["1.0.0", "1.0.0"], "{name}");
    // What was rolled back from stays away.
    let step = repository.step(&[]).await;
    ended(name, &step, ["refused"; 2]);
    assert_eq!(step.writes(), [""; 0], "{name}");
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_monorepo_is_deployed_raised_mended_and_rolled_back() {
    for kind in KINDS {
        Box::pin(lives(kind)).await;
    }
}

/// What Terraform starts a service with whose first image is still to come.
const PLACEHOLDER: &str = "public.ecr.aws/nginx/nginx:1.27";

/// The service as Terraform makes it, with so many tasks of the placeholder.
async fn from_an_empty_cluster(desired: u32) {
    let scene = Scene::with_images(&["1.4.1", "1.4.2"]);
    scene.sim.cluster("prod");
    let asks_for = |version: &str| scene.file("package.json", package("web1", version));
    asks_for("1.4.1");
    let with = [("repository", "web1")];
    let step = scene.deploy(&with).await;
    step.is("refused");
    step.says("error", "there is no service web1 in the cluster prod (eu-central-1)");
    assert_eq!(step.writes(), [""; 0]);

    let definition = scene.sim.task_definition("web1").container("web1", PLACEHOLDER).register();
    scene.sim.service("prod", "web1").running(&definition).desired(desired).start();
    let step = scene.deploy(&[with[0], ("desired-count", "2")]).await;
    step.is("deployed");
    assert_eq!(step.headline(), "✅ web1 runs 1.4.1 (before: 1.27)", "{desired}");

    asks_for("1.4.2");
    scene.deploy(&with).await.is("deployed");
    let step = scene.deploy(&[with[0], ("command", "rollback")]).await;
    step.is("rolled-back");
    assert_eq!(scene.runs_in_the_end().await, [scene.digest("1.4.1")], "{desired}");

    // The placeholder is nothing to go back to.
    let step = scene.deploy(&[with[0], ("command", "rollback")]).await;
    step.is("refused");
    step.says("error", "the service is already back on 1.4.1");
    assert_eq!(scene.runs_in_the_end().await, [scene.digest("1.4.1")], "{desired}");
}

#[tokio::test(start_paused = true)]
async fn a_service_is_deployed_raised_and_rolled_back_from_an_empty_cluster_on() {
    for desired in [0, 2] {
        Box::pin(from_an_empty_cluster(desired)).await;
    }
}
