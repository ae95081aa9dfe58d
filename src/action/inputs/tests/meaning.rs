//! What right inputs become.

use std::time::Duration;

use super::*;

fn app(inputs: &[(&str, &str)]) -> AppRequest {
    parsed(inputs).apps.remove(0)
}

fn assignment(name: &str, value: &str) -> Assignment {
    Assignment { name: name.to_owned(), value: value.to_owned() }
}

#[test]
fn with_the_required_inputs_only_everything_else_has_its_documented_default() {
    let target = Target {
        region: "eu-central-1".parse().expect("a Region"),
        cluster: "main".parse().expect("a cluster"),
        service: "web".parse().expect("a service"),
    };
    let expected = Request {
        command: Command::Deploy,
        apps: vec![AppRequest::with_defaults(target)],
        only_existing: false,
        beside: vec![],
        images: vec![],
        family: None,
        dry_run: false,
        reason: None,
        workflow: None,
        comment: true,
        max_parallel: None,
        notify: None,
        tracker: false,
        rollback_workflow: "rollback.yml".to_owned(),
        page: None,
    };
    assert_eq!(parsed(&[]), expected);
}

#[test]
fn an_empty_input_is_an_unset_one() {
    let empty: Vec<_> = names()
        .into_iter()
        .map(|name| (name, ""))
        .filter(|(name, _)| ENOUGH.iter().all(|(required, _)| required != name))
        .collect();
    assert_eq!(parsed(&empty), parsed(&[]));
}

#[test]
fn white_space_around_a_value_is_dropped() {
    assert_eq!(parsed(&[("service", " web\n"), ("wait", "\ttrue ")]), parsed(&[]));
}

#[test]
fn the_region_is_the_environments_unless_it_is_an_input() {
    let region = |variables: &[(&str, &str)]| {
        let required = [("INPUT_CLUSTER", "main"), ("INPUT_SERVICE", "web")];
        let variables = variables.iter().copied().chain(required);
        let request = parse(&Environment::new(variables)).expect("there is a Region");
        request.apps[0].target.region.as_str().to_owned()
    };
    let both = [("AWS_REGION", "eu-west-1"), ("AWS_DEFAULT_REGION", "eu-west-2")];
    assert_eq!(region(&both), "eu-west-1");
    assert_eq!(region(&[("AWS_REGION", ""), both[1]]), "eu-west-2");
    assert_eq!(region(&[("INPUT_REGION", "eu-west-3"), both[0]]), "eu-west-3");
}

#[test]
fn booleans_are_those_of_the_yaml_core_schema() {
    for (text, expected) in
        [("true", true), ("True", true), ("TRUE", true), ("false", false), ("False", false)]
    {
        assert_eq!(app(&[("wait", text)]).wait.enabled, expected, "{text}");
    }
    assert!(parsed(&[("dry-run", "TRUE")]).dry_run);
    assert!(app(&[("force-new-deployment", "true")]).force_new_deployment);
    assert!(!app(&[("platform-check", "FALSE")]).platform_check);
}

#[test]
fn what_a_failure_leads_to_can_be_said() {
    let failure = app(&[
        ("on-failure", "keep"),
        ("on-timeout", "undo"),
        ("max-failed-tasks", "2"),
        ("logs", "0"),
    ])
    .failure;
    let expected = Failure {
        on_failure: OnFailure::Keep,
        on_timeout: OnFailure::Undo,
        max_failed_tasks: Some(2),
        log_lines: 0,
    };
    assert_eq!(failure, expected);
}

#[test]
fn a_point_is_a_word_or_a_stage_in_either_spelling() {
    for (text, until) in [
        ("done", WaitUntil::Done),
        ("traffic", WaitUntil::Traffic),
        ("paused", WaitUntil::Paused),
        ("bake-time", WaitUntil::Stage(Stage::BakeTime)),
        ("post-test-traffic-shift", WaitUntil::Stage(Stage::PostTestTrafficShift)),
        ("POST_TEST_TRAFFIC_SHIFT", WaitUntil::Stage(Stage::PostTestTrafficShift)),
        ("PRE_PRODUCTION_TRAFFIC_SHIFT", WaitUntil::Stage(Stage::PreProductionTrafficShift)),
    ] {
        assert_eq!(app(&[("wait-until", text)]).wait.until, until, "{text}");
    }
}

#[test]
fn the_deployment_to_continue_or_to_stop_is_named_as_an_output_names_it() {
    for name in [
        "ecs-svc/0123456789012345678",
        "d-ABCDEF123",
        "arn:aws:ecs:eu-central-1:123456789012:service-deployment/main/web/abcDEF123",
    ] {
        for (word, command) in [("continue", Command::Continue), ("stop", Command::Stop)] {
            let given = [("command", word), ("deployment", name)];
            assert_eq!(parsed(&given).command, command);
            let named = app(&given).deployment.expect("it is named");
            assert_eq!(named.as_str(), name);
        }
    }
}

#[test]
fn a_rollback_goes_back_to_the_previous_version_unless_told_otherwise() {
    let past = |version: &str| match app(&[("command", "rollback"), ("version", version)]).wanted {
        Wanted::Past { past, .. } => past,
        other => panic!("{version:?} became {other:?}"),
    };
    let digest = format!("sha256:{}", "a".repeat(64));
    assert_eq!(past(""), Past::Previous);
    assert_eq!(past("previous"), Past::Previous);
    assert_eq!(past("web1:42"), Past::Revision("web1:42".to_owned()));
    assert_eq!(past(&digest), Past::Digest(digest.parse().expect("a digest")));
    let Wanted::Version { version, .. } =
        app(&[("command", "rollback"), ("version", "v1.4.1")]).wanted
    else {
        panic!("a version is one for a rollback, too");
    };
    assert_eq!(version, Some("v1.4.1".parse().expect("a version")));
}

#[test]
fn a_rollback_replaces_what_is_under_way_and_is_not_undone() {
    let app = app(&[("command", "rollback")]);
    assert_eq!(app.in_flight, InFlight::Replace);
    assert_eq!(app.failure.on_failure, OnFailure::Keep);
}

#[test]
fn durations_have_units_and_may_be_summed() {
    for (text, seconds) in
        [("1s", 1), ("90s", 90), ("15m", 900), ("1h", 3600), ("1h 30m", 5400), ("24h", 86400)]
    {
        let expected = Some(Duration::from_secs(seconds));
        assert_eq!(app(&[("timeout", text)]).wait.timeout, expected, "{text}");
    }
}

#[test]
fn the_spelling_of_task_definition_tells_a_file_from_what_ecs_knows() {
    let arn = "arn:aws-cn:ecs:cn-north-1:123456789012:task-definition/web:42";
    for registered in ["web", "web:42", "json", "web-1_a", arn, &arn[..arn.len() - 3]] {
        let expected = TaskDefinitionSource::Registered(registered.to_owned());
        assert_eq!(app(&[("task-definition", registered)]).task_definition, expected);
    }
    for file in ["web.json", "web.YML", "a:b.yaml", "./web", "ecs/web.txt", "/tmp/web", ".json"] {
        let expected = TaskDefinitionSource::File(PathBuf::from(file));
        assert_eq!(app(&[("task-definition", file)]).task_definition, expected);
    }
}

#[test]
fn lists_have_one_item_a_line_and_blank_lines_do_not_count() {
    let containers = app(&[("container", "\n web\r\n\n  worker-1\t\n")]).containers;
    let names: Vec<_> = containers.iter().map(|name| name.as_str()).collect();
    assert_eq!(names, ["web", "worker-1"]);
}

#[test]
fn an_assignment_ends_its_name_at_the_first_equals_sign() {
    let given = "LOG_LEVEL=debug\nURL=postgres://h/?a=b&c=d \nEMPTY=\nspring.x-y= two words\n_=\t1";
    let expected = [
        assignment("LOG_LEVEL", "debug"),
        assignment("URL", "postgres://h/?a=b&c=d"),
        assignment("EMPTY", ""),
        assignment("spring.x-y", " two words"),
        assignment("_", "\t1"),
    ];
    assert_eq!(app(&[("environment-variables", given)]).environment, expected);
    let labels =
        app(&[("docker-labels", "com.example/1st=a=b\nd={version}\ntraefik.rule=Host(`a`)")])
            .labels;
    let expected = [
        assignment("com.example/1st", "a=b"),
        assignment("d", "{version}"),
        assignment("traefik.rule", "Host(`a`)"),
    ];
    assert_eq!(labels, expected);
    let secrets = app(&[("secrets", "TOKEN=arn:aws:ssm:eu-central-1:1:parameter/a=b")]).secrets;
    assert_eq!(secrets, [assignment("TOKEN", "arn:aws:ssm:eu-central-1:1:parameter/a=b")]);
}

#[test]
fn an_image_takes_the_place_of_a_version() {
    let image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:v1.4.2";
    let expected = Wanted::Image(image.parse().expect("an image reference"));
    assert_eq!(app(&[("image", image)]).wanted, expected);
}

#[test]
fn a_version_can_be_what_another_service_of_the_region_runs() {
    let app = app(&[
        ("version", "from  staging/shop "),
        ("from-stable-for", "3d"),
        ("tag-template", "web-{version}"),
        ("repository", "team/web"),
        ("container", "web"),
    ]);
    let Wanted::From { tag_template, repository } = app.wanted else { panic!("it has a source") };
    assert_eq!(tag_template, Some("web-{version}".parse().expect("a template")));
    assert_eq!(repository, Some("team/web".parse().expect("a repository")));
    assert_eq!(app.from_stable_for, Duration::from_secs(3 * 24 * 60 * 60));
    let source = app.source.expect("it has a source");
    let Target { region, cluster, service } = &source.target;
    let target = [region.as_str(), cluster.as_str(), service.as_str()];
    assert_eq!(target, ["eu-central-1", "staging", "shop"]);
    assert_eq!(source.containers, app.containers);
    assert!(matches!(source.wanted, Wanted::Version { repository: None, .. }), "{source:?}");
}

#[test]
fn a_version_keeps_how_it_is_to_be_found() {
    let Wanted::Version { version, package, package_given, tag_template, repository, .. } = app(&[
        ("version", "1.4.2"),
        ("package", "apps/web"),
        ("tag-template", "web-{version}"),
        ("repository", "team/web"),
    ])
    .wanted
    else {
        panic!("no image was asked for");
    };
    assert_eq!(version, Some("1.4.2".parse().expect("a version")));
    assert_eq!((package, package_given), (PathBuf::from("apps/web"), true));
    assert_eq!(tag_template, Some("web-{version}".parse().expect("a template")));
    assert_eq!(repository, Some("team/web".parse().expect("a repository")));
}

#[test]
fn naming_the_default_package_is_naming_a_package() {
    let Wanted::Version { package_given, .. } = app(&[("package", "package.json")]).wanted else {
        panic!("no image was asked for");
    };
    assert!(package_given);
}

#[test]
fn the_other_inputs_arrive_as_they_are() {
    let request = parsed(&[
        ("command", "deploy"),
        ("account", "012345678901"),
        ("desired-count", "0"),
        ("in-flight", "replace"),
        ("reason", "größer: it's ::error::"),
    ]);
    assert_eq!(request.command, Command::Deploy);
    assert_eq!(request.reason.as_deref(), Some("größer: it's ::error::"));
    assert_eq!(request.apps[0].account, Some("012345678901".parse().expect("an account")));
    assert_eq!(request.apps[0].desired_count, Some(0));
    assert_eq!(request.apps[0].in_flight, InFlight::Replace);
    assert_eq!(app(&[("desired-count", "2147483647")]).desired_count, Some(i32::MAX));
    assert_eq!(app(&[("in-flight", "refuse")]).in_flight, InFlight::Refuse);
    assert_eq!(parsed(&[("reason", &"ü".repeat(1000))]).reason, Some("ü".repeat(1000)));
}

#[test]
fn a_reason_of_several_lines_is_folded_into_one() {
    let reason = |text: &str| parsed(&[("reason", text)]).reason;
    let message = "Fix the cart (#12)\r\n\r\n* one\n*  two\n\nCo-authored-by: a <a@b.example>\n";
    assert_eq!(
        reason(message).as_deref(),
        Some("Fix the cart (#12) * one * two Co-authored-by: a <a@b.example>")
    );
    let long = reason(&format!("Fix\n\n{}", "ü".repeat(2000))).expect("a reason");
    assert_eq!(long.chars().count(), 1000);
    assert!(long.starts_with("Fix ü") && long.ends_with("ü…"), "{long}");
}

#[test]
fn a_rollback_reads_no_file_and_tags_nothing() {
    let inputs = [
        ("command", "rollback"),
        ("version", "1.4.1"),
        ("package", "apps/web/package.json"),
        ("git-tag", "{name}@{version}"),
    ];
    let app = app(&inputs);
    assert!(matches!(app.wanted, Wanted::Version { package_given: false, .. }), "{app:?}");
    assert_eq!((app.git_tag, app.folder), (None, PathBuf::from("apps/web")));
}

#[test]
fn a_check_of_an_image_needs_no_service() {
    let inputs = [("command", "verify"), ("cluster", ""), ("service", ""), ("repository", "shop")];
    let request = parsed(&inputs);
    assert_eq!((request.apps.len(), request.images.len()), (0, 1));
    assert_eq!(request.images[0].expect, Expect::Present);
    // What is given for a service is no reason to want one.
    let request = parsed(&[&inputs[..], &[("fail-on-severity", "high")]].concat());
    assert_eq!(request.images[0].fail_on, Some(Severity::High));
}

#[test]
fn who_is_told_is_a_secret_that_only_a_deployment_has() {
    let address = "https://ann:word@hooks.example.com/hush?sig=hush";
    let with =
        [("notify-url", address), ("notify-on", "failure\ndeployed"), ("notify-start", "true")];
    let notify = parsed(&with).notify.expect("somebody is told");
    assert_eq!((notify.on.as_slice(), notify.at_start), (&["failure", "deployed"][..], true));
    assert!(!format!("{notify:?}").contains("hush"), "{notify:?}");
    for (command, is_told) in
        [("rollback", true), ("verify", false), ("list", false), ("deploy", true)]
    {
        let inputs = [with.as_slice(), &[("command", command)]].concat();
        assert_eq!(parsed(&inputs).notify.is_some(), is_told, "{command}");
    }
    assert_eq!(parsed(&[("notify-on", "failure")]).notify, None, "the secret is not set");
    let masked = |address: &str| {
        secrets(&environment(&[("notify-url", address)])).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(masked(&format!(" {address}\n")), [address]);
    assert_eq!(masked("https://a b\nc"), ["https://a b", "c"], "also what is wrong");
    assert_eq!(masked(" "), [""; 0]);
}

#[test]
fn a_tracker_is_kept_where_that_is_asked_for() {
    let only_named = parsed(&[("rollback-workflow", "back.yaml")]);
    assert_eq!((only_named.tracker, &*only_named.rollback_workflow), (false, "back.yaml"));
    for command in ["deploy", "rollback", "list"] {
        let with = [("tracker", "issue"), ("command", command)];
        let request = parsed(&with);
        assert_eq!(
            (request.tracker, &*request.rollback_workflow),
            (true, "rollback.yml"),
            "{command}"
        );
    }
}

#[test]
fn the_check_is_of_deployments_and_of_rollbacks_if_asked() {
    let url = ("check-url", "https://ann:hush@shop.example.com/health");
    let check = app(&[url]).check.expect("it is checked");
    assert_eq!(
        (check.status, check.count, check.timeout),
        (vec![200..=200], 3, Duration::from_secs(120))
    );
    let status = app(&[url, ("check-status", "200-299, 401")]).check.expect("it is checked").status;
    assert_eq!(status, [200..=299, 401..=401]);
    for (inputs, is_checked) in [
        (&[("command", "rollback")][..], false),
        (&[("command", "rollback"), ("check-on-rollback", "true")], true),
        (&[("command", "verify")], false),
        (&[("command", "verify"), ("wait", "false")], false),
        (&[], true),
    ] {
        assert_eq!(app(&[&[url], inputs].concat()).check.is_some(), is_checked, "{inputs:?}");
    }
    assert_eq!(app(&[("check-count", "5")]).check, None);
}
