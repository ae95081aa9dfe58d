//! What is asked of GitHub and told to it, on the simulated one.
//!
//! Every test ends by holding all that went over the wire against GitHub's own
//! description of its API.

mod changes;
mod codedeploy;
mod comments;
mod lists;
mod monorepo;
mod recipes;
mod records;
mod released;
mod releases;
mod tags;
mod tracker;
mod verifies;

use serde_json::{Value, json};
use simulator::{Image, ServiceBuilder, github::Recorded};

use crate::openapi;
use crate::scene::{Scene, Step};

/// Where docker/metadata-action writes the commit.
const REVISION: &str = "org.opencontainers.image.revision";

/// A service on 1.4.1, with 1.4.2 in ECR, both labelled with their commits.
struct Shop {
    scene: Scene,
    /// The commits of 1.4.1 and 1.4.2.
    commits: [String; 2],
}

fn shop() -> Shop {
    shop_of(|service| service)
}

/// The same whose deployments CodeDeploy makes.
fn shop_under_codedeploy() -> Shop {
    let shop = shop_of(ServiceBuilder::code_deploy);
    shop.scene.sim.deployment_group("shop", "web1").service("prod", "web1").create();
    shop
}

fn shop_of(service: impl FnOnce(ServiceBuilder) -> ServiceBuilder) -> Shop {
    let scene = Scene::empty().on("push", &json!({}));
    scene.github.commit("Begin");
    let commits = ["1.4.1", "1.4.2"].map(|version| {
        scene.github.commit(&format!("Add to {version}"));
        let commit = scene.github.commit(&format!("Release {version}"));
        let image = Image::linux_amd64().content(version).label(REVISION, &commit);
        scene.sim.repository("web1").push(version, image);
        commit
    });
    service(scene.sim.service("prod", "web1").running_version("1.4.1").desired(2)).start();
    Shop { scene, commits }
}

/// The event of a pull request into main, from this repository.
fn pull_request(number: u64) -> Value {
    json!({ "pull_request": {
        "number": number,
        "user": { "login": "octocat" },
        "head": { "ref": "fix", "sha": "f00d", "repo": { "id": 1 } },
        "base": { "ref": "main", "repo": { "id": 1 } },
    }})
}

/// Proves that GitHub understands all that was said, and could have answered so.
fn conforms(step: &Step) {
    let asked: &[Recorded] = &step.github;
    assert_eq!(openapi::judge(asked), [""; 0]);
}
