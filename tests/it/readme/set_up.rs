//! The workflows that README.md sets up, played one after another.

use serde_json::Value;
use simulator::{ACCOUNT, Image, REGION};

use super::markdown::code;
use super::{read, steps};
use crate::scene::Scene;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

#[tokio::test(start_paused = true)]
async fn each_deployment_deploys_and_the_form_goes_back() {
    let scene = Scene::empty();
    for tag in ["v1.4.1", "v1.4.2", "1.5.0", COMMIT] {
        scene.sim.repository("shop").push(tag, Image::linux_amd64().content(tag));
    }
    scene.sim.service("prod", "shop").running_version("v1.4.1").desired(2).start();
    scene.file("package.json", "{ \"name\": \"shop\", \"version\": \"1.4.2\" }");
    let steps = shown();
    let ends = [
        ("", "deployed", COMMIT),
        ("", "deployed", "1.4.2"),
        ("1.5.0", "deployed", "1.5.0"),
        ("previous", "rolled-back", "1.4.2"),
    ];
    assert_eq!(steps.len(), ends.len(), "each step of README.md has its end");
    for (with, (version, result, runs)) in steps.into_iter().zip(ends) {
        let with: Vec<(&str, String)> =
            with.iter().map(|(name, value)| (name.as_str(), evaluated(value, version))).collect();
        let with: Vec<(&str, &str)> =
            with.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let step = scene.deploy(&with).await;
        step.is(result);
        assert_eq!(step.output("running-version"), runs, "{with:?}");
    }
}

/// The inputs of each step of README.md that uses the action.
fn shown() -> Vec<Vec<(String, String)>> {
    let examples = code(&read("README.md")).into_iter().filter(|(language, _)| language == "yaml");
    let examples: Vec<Value> = examples
        .map(|(_, text)| serde_saphyr::from_str(&text).expect("an example is YAML"))
        .collect();
    let inputs = |step: &&Value| -> Vec<(String, String)> {
        let with = step["with"].as_object().expect("it has inputs").iter();
        let text = |value: &Value| value.as_str().expect("an input is text").to_owned();
        with.map(|(name, value)| (name.clone(), text(value))).collect()
    };
    examples.iter().flat_map(steps).map(|step| inputs(&step)).collect()
}

/// What GitHub makes of an expression.
fn evaluated(value: &str, version: &str) -> String {
    let registry = format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com");
    let values = [
        ("steps.ecr.outputs.registry", registry.as_str()),
        ("github.sha", COMMIT),
        ("inputs.version", version),
        ("inputs.reason", "Checkout answers 500"),
        ("inputs.dry-run", "false"),
    ];
    let value = values.iter().fold(value.to_owned(), |value, (name, is)| {
        value.replace(&format!("${{{{ {name} }}}}"), is)
    });
    assert!(!value.contains("${{"), "{value}");
    value
}
