//! What is going to happen, and why.

use serde_json::json;

use super::super::{Expiry, Fact, RollbackSource, VersionInfo};
use super::{
    Case, NOTHING, REGISTER, REPOSITORY, RUNNING, arn, described, digest, messages, resolved, steps,
};
use crate::ecs::tests::{deployment, service, service_deployment};
use crate::image::ImageReference;
use crate::request::InFlight;
use crate::version::VersionName;

const AGAIN: [&str; 1] = ["start a new deployment of web1:7"];

#[test]
fn another_version_is_registered_and_deployed() {
    let plan = Case::new().plan();
    assert_eq!(steps(&plan), REGISTER);
    assert_eq!(
        plan.versions.from,
        VersionInfo {
            version: Some(VersionName::of(&"1.4.1".parse().expect("a tag"), None, None)),
            image: Some(format!("{REPOSITORY}:1.4.1")),
            tag: Some("1.4.1".to_owned()),
            digest: Some(digest('a')),
            task_definition: Some(arn("web1", RUNNING)),
            ..VersionInfo::default()
        }
    );
    assert_eq!(
        plan.versions.to,
        VersionInfo {
            version: Some(VersionName::of(&"1.4.2".parse().expect("a tag"), None, None)),
            image: Some(format!("{REPOSITORY}:1.4.2")),
            tag: Some("1.4.2".to_owned()),
            digest: Some(digest('b')),
            ..VersionInfo::default()
        }
    );
    assert_eq!(
        (plan.remarks.warnings, plan.remarks.notices, plan.adopt),
        (Vec::new(), Vec::new(), None)
    );
}

#[test]
fn a_plan_says_where_and_then_what() {
    let plan = Case::new().plan();
    assert_eq!(
        plan.title(),
        "Plan: 1.4.1 → 1.4.2 for service web1 in cluster prod, account 123456789012, eu-central-1"
    );
    assert_eq!(
        plan.lines(),
        [
            "now:  1.4.1  aaaaaaaaaaaa  web1:7".to_owned(),
            "then: 1.4.2  bbbbbbbbbbbb  (a new revision of web1)".to_owned(),
            format!("  web1: image {REPOSITORY}:1.4.1 → {REPOSITORY}:1.4.2"),
            "- register a new revision of web1".to_owned(),
            "- update the service to it".to_owned(),
        ]
    );
}

#[test]
fn what_runs_already_and_is_healthy_is_unchanged() {
    let plan = Case::of_what_runs().plan();
    assert!(plan.is_unchanged());
    assert_eq!(steps(&plan), NOTHING);
    assert_eq!(plan.versions.to.task_definition, Some(arn("web1", RUNNING)));
    assert_eq!((plan.remarks.warnings, plan.remarks.notices), (Vec::new(), Vec::new()));
}

#[test]
fn the_same_is_deployed_again_where_it_does_not_run_as_it_should() {
    let again = "the same definition and image are deployed again, because";
    for (case, why) in [
        (
            Case::of_what_runs().asking(|request| request.force_new_deployment = true),
            "force-new-deployment is set",
        ),
        (
            Case::of_what_runs().finding(|found| found.service.counts.running = 1),
            "only 1 of 2 tasks run",
        ),
        (
            Case::of_what_runs().finding(|found| {
                found.current = Fact::Known(service_deployment(RUNNING, "STOPPED"));
            }),
            "their deployment ecs-svc/7 failed",
        ),
        (
            Case::of_what_runs().finding(|found| {
                found.current = Fact::Denied("ecs:DescribeServiceDeployments");
                found.service = service([deployment(RUNNING, "PRIMARY", Some("FAILED"))]);
            }),
            "their deployment ecs-svc/7 failed",
        ),
    ] {
        let plan = case.plan();
        assert_eq!(steps(&plan), AGAIN, "{why}");
        assert_eq!(messages(&plan.remarks.notices), [format!("{again} {why}")]);
        assert_eq!(plan.versions.to.task_definition, Some(arn("web1", RUNNING)));
    }
}

#[test]
fn a_tag_that_has_moved_is_deployed_again_with_a_warning() {
    let plan = Case::of_what_runs().finding(|found| found.running_images = resolved('c')).plan();
    assert_eq!(steps(&plan), AGAIN);
    let said = format!(
        "the tag of {REPOSITORY}:1.4.1 has moved: \
         the service runs cccccccccccc, the tag now names aaaaaaaaaaaa"
    );
    assert_eq!(messages(&plan.remarks.warnings), [said]);
    assert_eq!(messages(&plan.remarks.notices), [""; 0]);
}

#[test]
fn a_digest_that_is_not_known_is_deployed_again_with_a_notice() {
    for (images, why) in [
        (
            Fact::Denied("ecs:DescribeServiceRevisions"),
            "ecs:DescribeServiceRevisions is not allowed",
        ),
        (Fact::Absent, "ECS does not report it"),
        (Fact::Known(Vec::new()), "ECS does not report it"),
    ] {
        let plan = Case::of_what_runs().finding(|found| found.running_images = images).plan();
        assert_eq!(steps(&plan), AGAIN);
        let said = format!(
            "the digest that runs is not known ({why}), \
             so the same definition is deployed again to be sure of the image"
        );
        assert_eq!(messages(&plan.remarks.notices), [said]);
    }
}

#[test]
fn a_digest_in_the_running_definition_needs_nobody_to_say_it() {
    let pinned: ImageReference =
        format!("{REPOSITORY}@{}", digest('a')).parse().expect("a reference");
    let containers = json!([{ "name": "web1", "image": pinned.to_string() }]);
    for images in [Fact::Denied("ecs:DescribeServiceRevisions"), Fact::Absent] {
        let plan = Case::of_what_runs()
            .finding(|found| {
                found.running = described(RUNNING, &containers);
                found.base.definition = found.running.clone();
                found.running_images = images;
                found.images.first.image.reference = pinned.clone();
                found.images.first.image.tag = None;
            })
            .plan();
        assert_eq!(steps(&plan), NOTHING);
        assert_eq!(messages(&plan.remarks.notices), [""; 0]);
        assert_eq!(plan.versions.from.digest, Some(digest('a')));
    }
}

#[test]
fn a_count_is_changed_by_itself_and_only_where_it_differs() {
    for (count, expected) in [
        (2, NOTHING[0]),
        (3, "update the service, desired count 3"),
        (0, "update the service, desired count 0"),
    ] {
        let plan =
            Case::of_what_runs().asking(|request| request.desired_count = Some(count)).plan();
        assert_eq!(steps(&plan), [expected]);
    }
    let plan = Case::new().asking(|request| request.desired_count = Some(3)).plan();
    assert_eq!(steps(&plan), [REGISTER[0], "update the service to it, desired count 3"]);
}

#[test]
fn the_same_under_way_is_followed_whatever_is_to_happen_to_others() {
    for in_flight in [InFlight::Wait, InFlight::Replace, InFlight::Refuse] {
        for images in [resolved('a'), Fact::Absent, Fact::Denied("ecs:DescribeServiceRevisions")] {
            let plan = Case::of_what_runs()
                .with_another_deployment("IN_PROGRESS", "IN_PROGRESS")
                .asking(|request| request.in_flight = in_flight)
                .finding(|found| found.running_images = images)
                .plan();
            assert_eq!(plan.adopt.as_ref().map(ToString::to_string).as_deref(), Some("ecs-svc/8"));
            assert_eq!(steps(&plan), ["follow ecs-svc/8, which already deploys this"]);
            assert!(!plan.is_unchanged());
        }
    }
    // With another digest it is not the same.
    let moved = Case::of_what_runs()
        .with_another_deployment("IN_PROGRESS", "IN_PROGRESS")
        .finding(|found| found.running_images = resolved('c'));
    assert_eq!(moved.waits_for().as_deref(), Some("ecs-svc/8"));
}

#[test]
fn a_count_is_sent_to_the_deployment_that_is_adopted() {
    let steps = |count| {
        let case = Case::of_what_runs()
            .with_another_deployment("IN_PROGRESS", "IN_PROGRESS")
            .asking(|request| request.desired_count = Some(count));
        let plan = case.plan();
        assert!(plan.adopt.is_some(), "the same is in progress");
        plan.lines().into_iter().filter(|line| line.starts_with("- ")).collect::<Vec<_>>()
    };
    let follow = "- follow ecs-svc/8, which already deploys this";
    assert_eq!(steps(2), [follow], "it is that already");
    assert_eq!(steps(3), ["- update the service, desired count 3", follow]);
}

#[test]
fn a_forced_deployment_is_not_replaced_by_one_that_was_under_way_before() {
    let forced = Case::of_what_runs()
        .with_another_deployment("IN_PROGRESS", "IN_PROGRESS")
        .asking(|request| request.force_new_deployment = true);
    assert_eq!(forced.waits_for().as_deref(), Some("ecs-svc/8"));
}

#[test]
fn another_deployment_under_way_is_waited_for_replaced_or_refused() {
    let case = |in_flight| {
        Case::new()
            .with_another_deployment("IN_PROGRESS", "IN_PROGRESS")
            .asking(|request| request.in_flight = in_flight)
    };
    assert_eq!(case(InFlight::Wait).waits_for().as_deref(), Some("ecs-svc/8"));
    let plan = case(InFlight::Replace).plan();
    assert_eq!(steps(&plan), REGISTER);
    assert_eq!(
        messages(&plan.remarks.notices),
        ["the deployment ecs-svc/8, which is in progress, will be replaced"]
    );
    let said = case(InFlight::Refuse).refusal();
    assert_eq!(
        said.message,
        "another deployment of service web1 (cluster prod, eu-central-1) is in progress: ecs-svc/8"
    );
    assert!(said.hint.is_some_and(|hint| hint.contains("in-flight: wait")));
}

#[test]
fn a_rollback_by_ecs_is_always_waited_for() {
    for in_flight in [InFlight::Wait, InFlight::Replace, InFlight::Refuse] {
        for case in [Case::new(), Case::of_what_runs()] {
            let case = case
                .with_another_deployment("ROLLBACK_IN_PROGRESS", "IN_PROGRESS")
                .asking(|request| request.in_flight = in_flight);
            assert_eq!(case.waits_for().as_deref(), Some("ecs-svc/8"));
        }
    }
}

#[test]
fn what_was_odd_about_the_image_is_passed_on() {
    let odd = |text: &str| vec![crate::problem::Problem::new(text)];
    for case in [Case::new(), Case::of_what_runs()] {
        let plan = case
            .finding(|found| {
                found.images.first.image.warnings = odd("latest is deployed as latest");
                found.images.first.image.notices = odd("whether it is archived is not known");
            })
            .plan();
        assert_eq!(messages(&plan.remarks.warnings), ["latest is deployed as latest"]);
        assert_eq!(messages(&plan.remarks.notices), ["whether it is archived is not known"]);
    }
}

#[test]
fn only_a_digest_that_is_known_to_run_makes_a_return_one_of_configuration_only() {
    for (running, is_said) in [(resolved('a'), false), (resolved('b'), true), (Fact::Absent, false)]
    {
        let case = Case::new().finding(|found| {
            found.service.counts.desired = 0;
            found.service.counts.running = 0;
            found.running_images = running;
            found.rollback_source = Some(RollbackSource {
                how: "web1:6 is used again".to_owned(),
                if_unchanged: None,
                since: None,
                times: None,
                expiry: Expiry::Stays,
                native_rollback_to: None,
            });
        });
        let plan = case.plan();
        let said = messages(&plan.remarks.notices).join("\n");
        assert_eq!(said.contains("only the configuration changes"), is_said, "{said}");
    }
}
