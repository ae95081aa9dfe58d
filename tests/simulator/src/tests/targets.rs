//! Target groups, and AWS's query protocol.

use serde_json::{Value, json};

use super::{deploy, refusal, two_versions, wait};
use crate::{Fault, Recorded, Service, Simulator, TargetGroup, When};

const GROUP: &str =
    "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web1/0123456789abcdef";

fn ask(sim: &Simulator) -> Value {
    let body = json!({ "TargetGroupArn": GROUP });
    sim.call(Service::Elb, "DescribeTargetHealth", &body).expect("the group is there")
}

/// State and reason of each target, the oldest first.
fn states(sim: &Simulator) -> Vec<String> {
    let answer = ask(sim);
    let targets = answer["TargetHealthDescriptions"].as_array().expect("a list");
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let health = targets.iter().map(|target| &target["TargetHealth"]);
    health.map(|health| format!("{} {}", text(&health["State"]), text(&health["Reason"]))).collect()
}

fn newest_call(sim: &Simulator) -> Recorded {
    sim.requests_for("DescribeTargetHealth").pop().expect("it is recorded")
}

#[tokio::test(start_paused = true)]
async fn a_target_registers_becomes_healthy_and_drains() {
    let (sim, _) = two_versions();
    sim.service("prod", "web1").running("web1:1").load_balancer().start();
    assert_eq!(states(&sim), ["healthy -"]);
    deploy(&sim, "web1:2");
    wait(27).await;
    assert_eq!(states(&sim).len(), 1, "a task whose image is pulled is no target yet");
    wait(3).await;
    assert_eq!(states(&sim)[1], "initial Elb.RegistrationInProgress");
    wait(10).await;
    assert_eq!(states(&sim)[1], "initial Elb.InitialHealthChecking");
    wait(35).await;
    assert_eq!(states(&sim), ["draining Target.DeregistrationInProgress", "healthy -"]);
    wait(60).await;
    assert_eq!(states(&sim), ["healthy -"]);
}

#[tokio::test(start_paused = true)]
async fn a_form_comes_in_and_xml_goes_out() {
    let (sim, _) = two_versions();
    sim.service("prod", "web1").load_balancer().deploying("web1:2").start();
    wait(30).await;
    let answer = ask(&sim);
    let asked = newest_call(&sim);
    let group = GROUP.replace(':', "%3A").replace('/', "%2F");
    let form = format!("Action=DescribeTargetHealth&Version=2015-12-01&TargetGroupArn={group}");
    assert_eq!((&asked.raw, &asked.body), (&form.into(), &json!({ "TargetGroupArn": GROUP })));
    assert_eq!(asked.response(), answer);
    let id = answer["TargetHealthDescriptions"][0]["Target"]["Id"].as_str().expect("a target");
    assert_eq!(
        asked.answer,
        format!(
            "<DescribeTargetHealthResponse \
             xmlns=\"http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/\">\
             <DescribeTargetHealthResult><TargetHealthDescriptions><member><Target><Id>{id}</Id>\
             <Port>8080</Port><AvailabilityZone>eu-central-1a</AvailabilityZone></Target>\
             <HealthCheckPort>8080</HealthCheckPort><TargetHealth><State>initial</State>\
             <Reason>Elb.RegistrationInProgress</Reason><Description>Target registration is in \
             progress</Description></TargetHealth></member></TargetHealthDescriptions>\
             </DescribeTargetHealthResult><ResponseMetadata>\
             <RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata>\
             </DescribeTargetHealthResponse>"
        )
    );
}

#[tokio::test(start_paused = true)]
async fn errors_have_the_names_and_statuses_of_the_query_protocol() {
    let (sim, _) = two_versions();
    sim.service("prod", "web1").running("web1:1").load_balancer().start();
    let refused = |group: &str| {
        let body = json!({ "TargetGroupArn": group });
        let code = refusal(&sim, Service::Elb, "DescribeTargetHealth", &body);
        (code, newest_call(&sim).status.expect("an answer"))
    };
    assert_eq!(refused("web1"), ("ValidationError".to_owned(), 400));
    assert_eq!(refused(&GROUP.replace("web1", "a&b")), ("TargetGroupNotFound".to_owned(), 400));
    let answer = String::from_utf8_lossy(&newest_call(&sim).answer).into_owned();
    let error = "<Error><Type>Sender</Type><Code>TargetGroupNotFound</Code><Message>Target groups \
                 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/a&amp;b/";
    assert!(answer.contains(error), "{answer}");
    for (fault, code, status) in [
        (Fault::AccessDenied, "AccessDenied", 403),
        (Fault::ExpiredToken, "ExpiredToken", 403),
        (Fault::Throttle, "Throttling", 400),
        (Fault::Status(500), "InternalFailure", 500),
        (Fault::Status(503), "ServiceUnavailable", 503),
    ] {
        sim.clear_faults();
        sim.fault("DescribeTargetHealth", When::Always, fault);
        assert_eq!(refused(GROUP), (code.to_owned(), status));
    }
    assert_eq!(refusal(&sim, Service::Elb, "DescribeRules", &json!({})), "InvalidAction");
}

#[tokio::test(start_paused = true)]
async fn how_a_target_group_is_set_decides_how_long_things_take() {
    let (sim, _) = two_versions();
    let set = TargetGroup { interval: 10, healthy_threshold: 3, deregistration_delay: 120 };
    sim.service("prod", "web1").running("web1:1").target_group(set).start();
    let body = json!({ "TargetGroupArns": [GROUP] });
    let groups = sim.call(Service::Elb, "DescribeTargetGroups", &body).expect("it is there");
    let group = &groups["TargetGroups"][0];
    assert_eq!(group["TargetGroupName"], "web1");
    assert_eq!(group["HealthCheckIntervalSeconds"], 10);
    assert_eq!(group["HealthyThresholdCount"], 3);
    let asked = sim.requests_for("DescribeTargetGroups").pop().expect("it is recorded");
    assert_eq!(asked.body, body);
    let body = json!({ "TargetGroupArn": GROUP });
    let attributes = sim.call(Service::Elb, "DescribeTargetGroupAttributes", &body);
    let attributes = attributes.expect("it is there")["Attributes"].clone();
    let delay = json!({ "Key": "deregistration_delay.timeout_seconds", "Value": "120" });
    assert!(attributes.as_array().expect("a list").contains(&delay), "{attributes}");
    deploy(&sim, "web1:2");
    wait(28 + 29).await;
    assert_eq!(states(&sim)[1], "initial Elb.InitialHealthChecking");
    wait(2).await;
    assert_eq!(states(&sim), ["draining Target.DeregistrationInProgress", "healthy -"]);
    wait(117).await;
    assert_eq!(states(&sim).len(), 2);
    wait(3).await;
    assert_eq!(states(&sim), ["healthy -"]);
    let other = GROUP.replace("/web1/", "/web2/");
    let body = json!({ "TargetGroupArns": [GROUP, other] });
    let code = refusal(&sim, Service::Elb, "DescribeTargetGroups", &body);
    assert_eq!(code, "TargetGroupNotFound");
}
