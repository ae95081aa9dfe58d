//! AWS's own models as the judge of what goes over the wire.
//!
//! Neither the product nor the simulator may decide by itself what AWS would
//! accept: [`judge`] asks the models that AWS publishes, offline.

use serde_json::{Value, json};

use crate::python;

/// One body, as sent or as answered.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    /// The service as botocore names it: `ecs`, `ecr`, `codedeploy`, `logs`.
    pub(crate) service: String,
    /// The operation: the part of `x-amz-target` behind the dot.
    pub(crate) operation: String,
    /// Which of the operation's shapes the body must have.
    pub(crate) side: Side,
    /// The body.
    pub(crate) body: Value,
}

/// Who said it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Side {
    /// The caller.
    Input,
    /// AWS, or what stands in for it.
    Output,
    /// The same, when it refuses: a body with `__type`.
    Error,
}

/// Members whose name starts so are planted by tests, to prove that fields
/// unknown to everybody survive; the judge looks past them.
pub(crate) const SEEDED: &str = "x-unknown";

/// The faults of all bodies, one sentence each; empty: all are legal.
pub(crate) fn judge(exchanges: &[Exchange]) -> Vec<String> {
    let line = |Exchange { service, operation, side, body }: &Exchange| {
        let kind = match side {
            Side::Input => "input",
            Side::Output => "output",
            Side::Error => "error",
        };
        json!({
            "service": service, "operation": operation, "kind": kind, "body": body,
            "seeded": [SEEDED],
        })
    };
    python::judge("judge.py", exchanges.iter().map(line))
}

fn exchange(operation: &str, side: Side, body: Value) -> Exchange {
    let service = if operation.ends_with("Images") { "ecr" } else { "ecs" };
    Exchange { service: service.to_owned(), operation: operation.to_owned(), side, body }
}

#[test]
fn legal_bodies_pass_with_what_tests_plant_in_them() {
    let legal = [
        exchange(
            "UpdateService",
            Side::Input,
            json!({"service": "shop", "desiredCount": 2, "forceNewDeployment": true}),
        ),
        exchange(
            "RegisterTaskDefinition",
            Side::Input,
            json!({
                "family": "shop",
                "x-unknown": 1,
                "containerDefinitions": [{"name": "web", "x-unknown-too": {"a": null}}],
            }),
        ),
        exchange(
            "DescribeServices",
            Side::Output,
            json!({"services": [{
                "schedulingStrategy": "REPLICA",
                "deployments": [{"createdAt": 1_767_225_600.25, "rolloutState": "COMPLETED"}],
            }]}),
        ),
        exchange(
            "DescribeImages",
            Side::Output,
            json!({"imageDetails": [{"imagePushedAt": 1_767_225_600, "imageTags": ["v1"]}]}),
        ),
        exchange(
            "DescribeImages",
            Side::Error,
            json!({"__type": "com.amazonaws.ecr#ImageNotFoundException", "message": "gone"}),
        ),
        exchange("UpdateService", Side::Error, json!({"__type": "ThrottlingException"})),
    ];
    assert_eq!(judge(&legal), [""; 0]);
}

#[test]
fn each_kind_of_fault_is_named_with_its_place() {
    let faults = [
        ("UpdateService", Side::Input, json!({"desiredCount": 1}), "\"service\""),
        ("UpdateService", Side::Input, json!({"service": "a", "wiat": 1}), "\"wiat\""),
        ("UpdateService", Side::Input, json!({"service": 7}), "Invalid type for parameter service"),
        ("UpdateService", Side::Input, json!({"service": null}), "parameter service"),
        ("UpdateServices", Side::Input, json!({}), "there is no such operation"),
        (
            "UpdateService",
            Side::Input,
            json!({"service": "a", "desiredCount": true}),
            "body.desiredCount is true, not a number",
        ),
        (
            "DescribeImages",
            Side::Input,
            json!({"repositoryName": "shop", "maxResults": 1001}),
            "body.maxResults is 1001",
        ),
        (
            "DescribeServices",
            Side::Output,
            json!({"services": [{"schedulingStrategy": "REPLICATE"}]}),
            "body.services[0].schedulingStrategy is 'REPLICATE', not one of REPLICA, DAEMON",
        ),
        (
            "DescribeServices",
            Side::Output,
            json!({"services": [{"createdAt": 1_767_225_600_000_u64}]}),
            "body.services[0].createdAt is 1767225600000, not seconds since 1970",
        ),
        (
            "DescribeServices",
            Side::Output,
            json!({"services": [{"createdAt": "2026-01-01T00:00:00Z"}]}),
            "body.services[0].createdAt is \"2026-01-01T00:00:00Z\"",
        ),
        (
            "DescribeImages",
            Side::Error,
            json!({"__type": "ServiceNotFoundException"}),
            "'ServiceNotFoundException' is not an error of the operation",
        ),
        (
            "UpdateService",
            Side::Error,
            json!({"__type": "ServiceNotFoundException", "message": 404}),
            "Invalid type for parameter message",
        ),
    ];
    let bodies: Vec<_> =
        faults.iter().map(|(name, side, body, _)| exchange(name, *side, body.clone())).collect();
    let verdict = judge(&bodies);
    assert_eq!(verdict.len(), faults.len(), "{verdict:#?}");
    for ((operation, _, _, place), sentence) in faults.iter().zip(&verdict) {
        assert!(sentence.contains(operation) && sentence.contains(place), "{sentence}");
    }
}
