//! Requests that CodeDeploy refuses, by name.

use serde_json::{Value, json};

use super::{app_spec, cd, cd_error, create, request, service};
use crate::{Fault, Service, When};

fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

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
    let to = |group: &str| with(body.clone(), "deploymentGroupName", json!(group));
    let revision = |value: Value| with(body.clone(), "revision", value);
    let content = |text: &str| request(text);
    let resource = |name: &str| {
        let mut spec = spec.clone();
        spec["Resources"][0]["TargetService"]["Properties"]
            .as_object_mut()
            .expect("an object")
            .shift_remove(name);
        request(&spec.to_string())
    };
    let wrong_sum = json!({ "revisionType": "AppSpecContent",
        "appSpecContent": { "content": spec.to_string(), "sha256": "0".repeat(64) } });
    let s3 = json!({ "revisionType": "S3", "s3Location": { "bucket": "b", "key": "k" } });
    let rollback = json!({ "enabled": true, "events": [] });
    let alarms = |count: usize| {
        let alarms = vec![json!({ "name": "a" }); count];
        let alarms = json!({ "enabled": true, "alarms": alarms });
        with(body.clone(), "overrideAlarmConfiguration", alarms)
    };
    let cases = [
        (json!({}), "ApplicationNameRequiredException"),
        (with(body.clone(), "applicationName", json!("nope")), "ApplicationDoesNotExistException"),
        (with(body.clone(), "applicationName", json!("no pe")), "InvalidApplicationNameException"),
        (json!({ "applicationName": "shop" }), "DeploymentGroupNameRequiredException"),
        (to("nope"), "DeploymentGroupDoesNotExistException"),
        (with(body.clone(), "applicationName", json!("lambda")), "InvalidComputePlatformException"),
        (to("none"), "InvalidECSServiceException"),
        (to("two"), "InvalidECSServiceException"),
        (to("gone"), "InvalidECSServiceException"),
        (to("rolling"), "InvalidECSServiceException"),
        (revision(Value::Null), "RevisionRequiredException"),
        (revision(s3), "InvalidRevisionException"),
        (revision(wrong_sum), "InvalidRevisionException"),
        (content("version: ["), "InvalidRevisionException"),
        (content("{}"), "InvalidRevisionException"),
        (content(r#"{"version": 0.0, "Resources": []}"#), "InvalidRevisionException"),
        (resource("TaskDefinition"), "InvalidRevisionException"),
        (resource("LoadBalancerInfo"), "InvalidRevisionException"),
        (
            content(&app_spec("web1:2", &json!([{ "Install": "f" }])).to_string()),
            "InvalidRevisionException",
        ),
        (with(body.clone(), "description", json!("x".repeat(513))), "DescriptionTooLongException"),
        (
            with(body.clone(), "deploymentConfigName", json!("nope")),
            "DeploymentConfigDoesNotExistException",
        ),
        (
            with(body.clone(), "autoRollbackConfiguration", rollback),
            "InvalidAutoRollbackConfigException",
        ),
        (alarms(0), "InvalidAlarmConfigException"),
        (alarms(11), "AlarmsLimitExceededException"),
        (with(body.clone(), "description", json!(7)), "SerializationException"),
    ];
    for (body, error) in cases {
        assert_eq!(cd_error(&sim, "CreateDeployment", &body), error, "{body}");
    }
    let id = create(&sim, "web1:2");
    let error = sim.call(Service::CodeDeploy, "CreateDeployment", &body).expect_err("one runs");
    assert_eq!(error["__type"], "DeploymentLimitExceededException");
    let words = format!("The Deployment Group 'web1' already has an active Deployment '{id}'");
    assert_eq!(error["message"], json!(words));
}

#[tokio::test(start_paused = true)]
async fn deployments_and_targets_must_exist() {
    let (sim, _, group) = service();
    group.create();
    let id = create(&sim, "web1:2");
    tokio::time::sleep(super::secs(10)).await;
    for (operation, body, error) in [
        ("GetDeployment", json!({}), "DeploymentIdRequiredException"),
        ("GetDeployment", json!({ "deploymentId": "d-1" }), "InvalidDeploymentIdException"),
        (
            "GetDeployment",
            json!({ "deploymentId": "d-AAAAAAAAA" }),
            "DeploymentDoesNotExistException",
        ),
        (
            "StopDeployment",
            json!({ "deploymentId": "d-AAAAAAAAA" }),
            "DeploymentDoesNotExistException",
        ),
        (
            "GetDeploymentTarget",
            json!({ "deploymentId": id, "targetId": "prod:web2" }),
            "DeploymentTargetDoesNotExistException",
        ),
        (
            "ContinueDeployment",
            json!({ "deploymentId": id, "deploymentWaitType": "WAIT" }),
            "InvalidDeploymentWaitTypeException",
        ),
        (
            "BatchGetDeployments",
            json!({ "deploymentIds": vec!["d-AAAAAAAAA"; 26] }),
            "BatchLimitExceededException",
        ),
        (
            "ListDeployments",
            json!({ "applicationName": "shop" }),
            "DeploymentGroupNameRequiredException",
        ),
        (
            "ListDeployments",
            json!({ "includeOnlyStatuses": ["Done"] }),
            "InvalidDeploymentStatusException",
        ),
        ("ListDeployments", json!({ "nextToken": "x" }), "InvalidNextTokenException"),
        (
            "ListDeployments",
            json!({ "createTimeRange": { "start": 1_767_225_700, "end": 1_767_225_600 } }),
            "InvalidTimeRangeException",
        ),
        (
            "GetDeploymentConfig",
            json!({ "deploymentConfigName": "x" }),
            "DeploymentConfigDoesNotExistException",
        ),
        ("CreateApplication", json!({}), "UnknownOperationException"),
    ] {
        assert_eq!(cd_error(&sim, operation, &body), error, "{operation} {body}");
    }
    let both = json!({ "deploymentIds": [id, "d-AAAAAAAAA"] });
    let found = cd(&sim, "BatchGetDeployments", &both)["deploymentsInfo"].clone();
    assert_eq!(found.as_array().map(Vec::len), Some(1));
}

#[tokio::test(start_paused = true)]
async fn faults_hit_and_are_recorded() {
    let (sim, _, group) = service();
    group.create();
    sim.fault("CreateDeployment", When::Nth(1), Fault::Reset { applied: true });
    sim.fault("GetDeployment", When::Always, Fault::AccessDenied);
    let body = request(&app_spec("web1:2", &json!([])).to_string());
    assert!(sim.call(Service::CodeDeploy, "CreateDeployment", &body).is_err());
    assert_eq!(super::truth(&sim).deployments.len(), 1);
    let id = super::truth(&sim).newest().id.clone();
    let denied = cd_error(&sim, "GetDeployment", &json!({ "deploymentId": id }));
    assert_eq!(denied, "AccessDeniedException");
    let writes = sim.writes();
    assert_eq!(writes.len(), 1);
    assert_eq!((writes[0].service, writes[0].carried_out), (Service::CodeDeploy, true));
}
