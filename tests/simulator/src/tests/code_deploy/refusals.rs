//! Requests that CodeDeploy refuses, by name.

use serde_json::{Value, json};

use super::{app_spec, cd_error, create, request, service};
use crate::Service;

#[tokio::test(start_paused = true)]
async fn a_deployment_must_be_sound() {
    let (sim, _, group) = service();
    group.create();
    sim.application("lambda", "Lambda");
    sim.deployment_group("lambda", "web1").create();
    sim.deployment_group("shop", "none").create();
    sim.deployment_group("shop", "two").service("prod", "web1").service("prod", "web2").create();
    sim.deployment_group("shop", "gone").service("prod", "web2").create();
    sim.service("prod", "rolling").running("web1:1").start();
    sim.deployment_group("shop", "rolling").service("prod", "rolling").create();
    let spec = app_spec("web1:2", &json!([]));
    let body = request(&spec.to_string());
    let with = |name: &str, value: Value| {
        let mut body = body.clone();
        body[name] = value;
        body
    };
    let to = |group: &str| with("deploymentGroupName", json!(group));
    let without = |name: &str| {
        let mut spec = spec.clone();
        let properties = &mut spec["Resources"][0]["TargetService"]["Properties"];
        properties.as_object_mut().expect("an object").shift_remove(name);
        request(&spec.to_string())
    };
    let wrong_sum = json!({ "revisionType": "AppSpecContent",
        "appSpecContent": { "content": spec.to_string(), "sha256": "0".repeat(64) } });
    let s3 = json!({ "revisionType": "S3", "s3Location": { "bucket": "b", "key": "k" } });
    let no_hook = app_spec("web1:2", &json!([{ "Install": "f" }])).to_string();
    for (body, error) in [
        (json!({}), "ApplicationNameRequiredException"),
        (with("applicationName", json!("nope")), "ApplicationDoesNotExistException"),
        (with("applicationName", json!("no pe")), "InvalidApplicationNameException"),
        (json!({ "applicationName": "shop" }), "DeploymentGroupNameRequiredException"),
        (to("nope"), "DeploymentGroupDoesNotExistException"),
        (with("applicationName", json!("lambda")), "InvalidComputePlatformException"),
        (to("none"), "InvalidECSServiceException"),
        (to("two"), "InvalidECSServiceException"),
        (to("gone"), "InvalidECSServiceException"),
        (to("rolling"), "InvalidECSServiceException"),
        (with("revision", Value::Null), "RevisionRequiredException"),
        (with("revision", s3), "InvalidRevisionException"),
        (with("revision", wrong_sum), "InvalidRevisionException"),
        (request("version: ["), "InvalidRevisionException"),
        (request("{}"), "InvalidRevisionException"),
        (request(r#"{"version": 0.0, "Resources": []}"#), "InvalidRevisionException"),
        (without("TaskDefinition"), "InvalidRevisionException"),
        (without("LoadBalancerInfo"), "InvalidRevisionException"),
        (request(&no_hook), "InvalidRevisionException"),
        (with("description", json!("x".repeat(513))), "DescriptionTooLongException"),
        (with("deploymentConfigName", json!("nope")), "DeploymentConfigDoesNotExistException"),
        (with("description", json!(7)), "SerializationException"),
    ] {
        assert_eq!(cd_error(&sim, "CreateDeployment", &body), error, "{body}");
    }
    let id = create(&sim, "web1:2");
    let error = sim.call(Service::CodeDeploy, "CreateDeployment", &body).expect_err("one runs");
    assert_eq!(error["__type"], "DeploymentLimitExceededException");
    let words = format!("The Deployment Group 'web1' already has an active Deployment '{id}'");
    assert_eq!(error["message"], json!(words));
}
