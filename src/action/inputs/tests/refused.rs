//! What wrong inputs are answered with.

use super::*;

#[test]
fn names_of_things_in_aws() {
    check(&[
        (
            &[("cluster", "")],
            &["input `cluster` is missing\n\
               set it under `with:` to the name of the ECS cluster"],
        ),
        (
            &[("service", " \n ")],
            &["input `service` is missing\n\
               set it under `with:` to the name of the ECS service, or to several names, one per line"],
        ),
        (
            &[("region", "")],
            &["input `region` is missing, and no environment variable sets the Region\n\
               set it under `with:`, or let aws-actions/configure-aws-credentials set AWS_REGION"],
        ),
        (
            &[("region", "Frankfurt")],
            &["input `region`: \"Frankfurt\" is not an AWS Region (like eu-central-1)"],
        ),
        (
            &[("cluster", "my cluster")],
            &["input `cluster`: \"my cluster\" is not an ECS cluster name (1 to 255 letters, \
               digits, hyphens and underscores)"],
        ),
        (
            &[("cluster", "arn:aws:ecs:eu-central-1:123456789012:cluster/main")],
            &["input `cluster`: \"arn:aws:ecs:eu-central-1:123456789012:cluster/main\" is not an \
               ECS cluster name (1 to 255 letters, digits, hyphens and underscores)\n\
               give the name instead of the ARN: main"],
        ),
        (
            &[("service", "main/web")],
            &[
                "input `service`, line 1: \"main/web\" is not an ECS service name (1 to 255 letters, \
               digits, hyphens and underscores)",
            ],
        ),
        (
            &[("service", "arn:aws:ecs:eu-central-1:123456789012:service/main/web")],
            &[
                "input `service`, line 1: \"arn:aws:ecs:eu-central-1:123456789012:service/main/web\" is not \
               an ECS service name (1 to 255 letters, digits, hyphens and underscores)\n\
               give the name instead of the ARN: web",
            ],
        ),
        (
            &[("account", "1234-5678-9012")],
            &["input `account`: \"1234-5678-9012\" is not an AWS account id (12 digits)"],
        ),
        (
            &[("account", "12345678901")],
            &["input `account`: \"12345678901\" is not an AWS account id (12 digits)\n\
               put it in quotes: YAML drops leading zeros"],
        ),
        (
            &[("container", "web\nmy worker")],
            &["input `container`, line 2: \"my worker\" is not a container name (1 to 255 \
               letters, digits, hyphens and underscores)"],
        ),
        (
            &[("container", "web\n\nworker\nweb")],
            &["input `container`, line 4: `web` is already on line 1"],
        ),
        (
            &[("container", "web, worker")],
            &["input `container`, line 1: \"web, worker\" is not a container name (1 to 255 \
               letters, digits, hyphens and underscores)\nwrite one name per line, without commas"],
        ),
    ]);
}

#[test]
fn where_a_version_comes_from() {
    let from = ("version", "from staging/shop");
    check(&[
        (
            &[("version", "from staging")],
            &["input `version`: \"from staging\" does not name a service\n\
               use `from CLUSTER/SERVICE`; an environment can be named only with `apps`"],
        ),
        (
            &[("version", "from staging/my shop")],
            &[
                "input `version`: \"my shop\" is not an ECS service name (1 to 255 letters, digits, \
               hyphens and underscores)",
            ],
        ),
        (
            &[("version", "from main/web")],
            &[
                "input `version`: service web (cluster main, eu-central-1) would take the version from itself\n\
               name another service, such as the one in staging",
            ],
        ),
        (
            &[from, ("command", "rollback")],
            &["input `version`: `from` can't be used with this command\n\
               a rollback restores what ran here: give a version, a tag, a digest or a revision"],
        ),
        (
            &[from, ("command", "verify"), ("expect", "absent")],
            &["input `version`: `expect: absent` needs a version, not `from`\n\
               remove `version` to check the one in package.json"],
        ),
        (
            &[
                from,
                ("command", "verify"),
                ("cluster", ""),
                ("service", ""),
                ("repository", "shop"),
            ],
            &["input `version`: `from` needs a service\n\
               add `cluster` and `service`: the image must be in their repository"],
        ),
        (
            &[from, ("image", "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1")],
            &["inputs `image` and `version` can't be used together\n\
               remove `version` to run exactly this image, or `image` to look up the image of the version"],
        ),
        (
            &[("from-stable-for", "1h")],
            &["input `from-stable-for` is only for `version: from …`\n\
               remove it, or set `version` to `from …`"],
        ),
        (
            &[from, ("from-stable-for", "soon")],
            &["input `from-stable-for`: \"soon\" is not a duration (like 30m, 12h or 3d)"],
        ),
        (
            &[from, ("from-stable-for", "91d")],
            &["input `from-stable-for`: \"91d\" is longer than 90 days"],
        ),
    ]);
}

#[test]
fn words_booleans_numbers_and_durations() {
    check(&[
        (
            &[("command", "depoly")],
            &[
                "input `command`: \"depoly\" is not accepted; use one of deploy, rollback, drill, continue, stop, verify, list, \
                page, plan, status, run, register\n\
               did you mean `deploy`?",
            ],
        ),
        (
            &[("command", "undo")],
            &[
                "input `command`: \"undo\" is not accepted; use one of deploy, rollback, drill, continue, stop, verify, list, \
               page, plan, status, run, register",
            ],
        ),
        (
            &[("in-flight", "Wait")],
            &["input `in-flight`: \"Wait\" is not accepted; use one of wait, replace, refuse\n\
               did you mean `wait`?"],
        ),
        (
            &[("in-flight", "cancel")],
            &["input `in-flight`: \"cancel\" is not accepted; use one of wait, replace, refuse"],
        ),
        (
            &[("wait", "flase")],
            &["input `wait`: \"flase\" is not accepted; use true or false\ndid you mean `false`?"],
        ),
        (&[("wait", "yes")], &["input `wait`: \"yes\" is not accepted; use true or false"]),
        (&[("dry-run", "1")], &["input `dry-run`: \"1\" is not accepted; use true or false"]),
        (
            &[("force-new-deployment", "on")],
            &["input `force-new-deployment`: \"on\" is not accepted; use true or false"],
        ),
        (
            &[("platform-check", "tRUE")],
            &[
                "input `platform-check`: \"tRUE\" is not accepted; use true or false\ndid you mean `true`?",
            ],
        ),
        (
            &[("desired-count", "-1")],
            &["input `desired-count`: \"-1\" is not a whole number from 0 to 2147483647"],
        ),
        (
            &[("desired-count", "+3")],
            &["input `desired-count`: \"+3\" is not a whole number from 0 to 2147483647"],
        ),
        (
            &[("desired-count", "2.5")],
            &["input `desired-count`: \"2.5\" is not a whole number from 0 to 2147483647"],
        ),
        (
            &[("desired-count", "2147483648")],
            &["input `desired-count`: \"2147483648\" is not a whole number from 0 to 2147483647"],
        ),
        (
            &[("max-failed-tasks", "0")],
            &["input `max-failed-tasks`: \"0\" is not a whole number from 1 to 1000"],
        ),
        (&[("logs", "1001")], &["input `logs`: \"1001\" is not a whole number from 0 to 1000"]),
        (
            &[("on-failure", "rollback")],
            &["input `on-failure`: \"rollback\" is not accepted; use one of undo, undo-all, keep"],
        ),
        (
            &[("wait-until", "don")],
            &[
                "input `wait-until`: \"don\" is not accepted; use one of done, traffic, paused, pre-scale-up, scale-up, post-scale-up, test-traffic-shift, post-test-traffic-shift, pre-production-traffic-shift, production-traffic-shift, post-production-traffic-shift, bake-time, clean-up\ndid you mean `done`?",
            ],
        ),
        (
            &[("wait-until", "paused"), ("git-tag", "v{version}"), ("github-token", "t")],
            &["input `git-tag` and `wait-until: paused` can't be used together\n\
               without waiting, the end of the deployment is not known"],
        ),
        (
            &[("deployment", "ecs-svc/1")],
            &["input `deployment` is only for `command: continue` and `command: stop`\n\
               remove it: the other commands find the service's deployments themselves"],
        ),
        (
            &[("command", "continue")],
            &["input `deployment` is missing\n\
               set it to the output `deployment-id` or `service-deployment-arn` of the step that started it"],
        ),
        (
            &[("command", "stop"), ("deployment", "1"), ("version", "1.4.2")],
            &[
                "input `version` can't be used with `continue` and `stop`\n\
                 remove it: what the deployment brings was decided when it started",
                "input `deployment`: \"1\" is not a deployment (the ARN of a service deployment, ecs-svc/ and a number, or d- and letters and digits)",
            ],
        ),
        (
            &[("command", "stop"), ("deployment", "ecs-svc/1"), ("service", "web\napi")],
            &["input `deployment` names one deployment, but there are 2 services\n\
               give each service its own step"],
        ),
        (
            &[
                ("command", "stop"),
                (
                    "deployment",
                    "arn:aws:ecs:eu-central-1:123456789012:service-deployment/main/api/x",
                ),
            ],
            &[
                "input `deployment`: arn:aws:ecs:eu-central-1:123456789012:service-deployment/main/api/x is not a deployment of service web (cluster main, eu-central-1)\n\
               check `service`, `cluster` and `region`",
            ],
        ),
        (
            &[("timeout", "30")],
            &["input `timeout`: \"30\" is not a duration (like 90s, 15m or 1h)\n\
               add the unit: s, m or h"],
        ),
        (
            &[("timeout", "soon")],
            &["input `timeout`: \"soon\" is not a duration (like 90s, 15m or 1h)"],
        ),
        (
            &[("timeout", "-5m")],
            &["input `timeout`: \"-5m\" is not a duration (like 90s, 15m or 1h)"],
        ),
        (&[("timeout", "0s")], &["input `timeout`: \"0s\" is not between 1s and 24h"]),
        (&[("timeout", "500ms")], &["input `timeout`: \"500ms\" is not between 1s and 24h"]),
        (&[("timeout", "24h 1s")], &["input `timeout`: \"24h 1s\" is not between 1s and 24h"]),
        (
            &[("timeout", "99999999999999999999999h")],
            &["input `timeout`: \"99999999999999999999999h\" is not a duration (like 90s, 15m or \
               1h)"],
        ),
    ]);
}

#[test]
fn task_definitions() {
    const NEITHER: &str = "is not a file, a family, family:revision or the ARN of a revision\n\
                           a file has a `/` in its path or ends with .json, .yml or .yaml";
    const NO_ARN: &str = "is not the ARN of a task definition\nan ARN looks like arn:aws:ecs:REGION:ACCOUNT:task-definition/FAMILY:REVISION";
    let too_long = "a".repeat(256);
    let neither =
        ["web:0", "web:", "web:latest", "web:1:2", ":3", "my web", "web.toml", "w:9999999999"];
    let no_arn = [
        "arn:aws:ecs:eu-central-1:123456789012:service/main/web",
        "arn:aws:ecs:eu-central-1:1:task-definition/web:1",
        "arn:aws:s3:eu-central-1:123456789012:task-definition/web:1",
        "arn:aws:ecs::123456789012:task-definition/web:1",
        "arn:aws:ecs:eu-central-1:123456789012:task-definition/web.json",
        "arn:",
    ];
    let neither = neither.into_iter().chain([too_long.as_str()]).map(|text| (text, NEITHER));
    for (text, said) in neither.chain(no_arn.into_iter().map(|text| (text, NO_ARN))) {
        let expected = format!("input `task-definition`: {text:?} {said}");
        assert_eq!(problems(&[("task-definition", text)]), [expected]);
    }
}

#[test]
fn text_that_is_not_one_clean_line() {
    let texts = ["version", "package", "tag-template", "repository", "image", "task-definition"];
    for name in texts.into_iter().chain(["cluster", "wait", "timeout"]) {
        let lines = format!("input `{name}`: \"a\\nb\" is more than one line");
        assert_eq!(problems(&[(name, "a\nb")]), [lines]);
        let lines = format!("input `{name}`: \"a\\rb\" is more than one line");
        assert_eq!(problems(&[(name, "a\rb")]), [lines]);
        let control = format!("input `{name}`: \"a\\u{{1b}}b\" has a control character in it");
        assert_eq!(problems(&[(name, "a\u{1b}b")]), [control]);
        let tab = format!("input `{name}`: \"a\\tb\" has a control character in it");
        assert_eq!(problems(&[(name, "a\tb")]), [tab]);
    }
    let long = "ü".repeat(1001);
    check(&[(
        &[("reason", &long)],
        &["input `reason`: 1001 characters are too many; the maximum is 1000"],
    )]);
}

#[test]
fn an_image_beside_what_would_find_one() {
    for other in ["repository", "version", "package", "tag-template"] {
        let expected = format!(
            "inputs `image` and `{other}` can't be used together\nremove `{other}` to run exactly this image, or `image` to look up the image of the version"
        );
        let value = if other == "tag-template" { "{version}" } else { "1.4.2" };
        assert_eq!(problems(&[("image", "web:1"), (other, value)]), [expected]);
    }
}

/// The hint of one problem must not lead into the next.
#[test]
fn an_image_where_it_has_no_place() {
    let expected = "input `image` can't be used with this command\n\
                    name a version, a tag, a digest or a revision in `version`";
    for version in ["1.4.1", "previous", "web1:42"] {
        let inputs = [("command", "rollback"), ("image", "web:1"), ("version", version)];
        assert_eq!(problems(&inputs), [expected], "{version}");
    }
}

#[test]
fn what_would_be_ignored_although_somebody_counts_on_it() {
    let expect = "input `expect` is only for `command: verify`\n\
                  add `command: verify` to check, or remove `expect`";
    let scan = "input `fail-on-severity` can't be used with this command\n\
                remove it: scan findings are not read here";
    let free = "input `fail-on-severity` can't be used with `expect: absent`\n\
                remove it: scan findings are not read here";
    check(&[
        (&[("expect", "absent")], &[expect]),
        (&[("command", "rollback"), ("expect", "absent")], &[expect]),
        (&[("command", "rollback"), ("fail-on-severity", "high")], &[scan]),
        (&[("command", "list"), ("fail-on-severity", "high")], &[scan]),
        (&[("command", "verify"), ("expect", "absent"), ("fail-on-severity", "high")], &[free]),
        (
            &[("git-tag", "v{version}")],
            &["input `git-tag` needs `github-token`\n\
               leave `github-token` out to use the token of the job"],
        ),
        (
            &[("git-tag", "refs/tags/v{version}"), ("github-token", "ghs_x")],
            &["input `git-tag`: \"refs/tags/v{version}\" begins with refs/\n\
               Give only the name of the tag, such as v{version}"],
        ),
        (
            &[("keep-tag", "v1.0.0")],
            &["input `keep-tag`: v1.0.0 could be mistaken for a version\n\
               begin it with a word, such as keep-{environment}-{name}"],
        ),
        (
            &[("keep-tag", "keep-{environment}")],
            &["input `keep-tag`: it contains {environment}, but no environment is given\n\
               name one in the input `environment`"],
        ),
        (
            &[("github-token", "ghs x")],
            &[
                "input `github-token`: it has white space in it or a character that no token has (the value is not shown)",
            ],
        ),
        (
            &[("fail-on-severity", "hihg")],
            &[
                "input `fail-on-severity`: \"hihg\" is not accepted; use one of critical, high, medium, \
               low, informational\ndid you mean `high`?",
            ],
        ),
    ]);
}

#[test]
fn inputs_that_do_not_exist() {
    let all = format!("the inputs are: {}", names().join(", "));
    check(&[
        (&[("versoin", "1.4.2")], &["there is no input `versoin`\ndid you mean `version`?"]),
        (
            &[("task_definition", "web")],
            &["there is no input `task_definition`\ndid you mean `task-definition`?"],
        ),
        (&[("secret", "")], &["there is no input `secret`\ndid you mean `secrets`?"]),
        (&[("colour", "red")], &[&format!("there is no input `colour`\n{all}")]),
    ]);
}

#[test]
fn a_region_of_the_environment_that_is_none() {
    let variables =
        [("INPUT_CLUSTER", "main"), ("INPUT_SERVICE", "web"), ("AWS_DEFAULT_REGION", "eu")];
    let problems = parse(&Environment::new(variables)).expect_err("`eu` is no Region");
    let said: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        ["environment variable AWS_DEFAULT_REGION: \"eu\" is not an AWS Region (like \
          eu-central-1)"]
    );
}

#[test]
fn what_is_wrong_is_said_all_at_once_the_misspelt_names_first() {
    // Of what takes the place of `service` a file is read first.
    let names = || names().into_iter().filter(|name| *name != "apps");
    let wrong: Vec<_> = names().map(|name| (name, "=\u{1b}")).collect();
    let said = problems(&[&wrong[..], &[("versoin", "1.4.2")]].concat());
    assert!(said[0].starts_with("there is no input `versoin`"), "{said:?}");
    for name in names() {
        let about = |line: &&String| line.starts_with(&format!("input `{name}`"));
        assert_eq!(said.iter().filter(about).count(), 1, "`{name}` in {said:#?}");
    }
}

#[test]
fn who_is_told() {
    const NO_ADDRESS: &str = "input `notify-url`: it is not an address (like https://example.com/health); the value is not shown\n\
                              it has to begin with https:// or http://, in ASCII and without spaces";
    for text in ["hooks.example.com/hush", "https://hooks.example.com/hu sh", "ftp://hush"] {
        assert_eq!(problems(&[("notify-url", text)]), [NO_ADDRESS]);
    }
    check(&[
        (
            &[("notify-url", "http://hooks.example.com/hush"), ("command", "verify")],
            &["input `notify-url`: it does not begin with https:// (the value is not shown)\n\
               http:// is accepted only for an address on this machine"],
        ),
        (
            &[("notify-on", "failure\nfailrue")],
            &[
                "input `notify-on`, line 2: \"failrue\" is not accepted; use one of success, failure, deployed, \
               rolled-back, ran, registered, reached, started, unchanged, planned, held, undone, undo-failed, failed, unknown, \
               superseded, timed-out, cancelled, refused\n\
               did you mean `failure`?",
            ],
        ),
        (
            &[("notify-start", "yes")],
            &["input `notify-start`: \"yes\" is not accepted; use true or false"],
        ),
    ]);
}

#[test]
fn what_keeps_a_tracker() {
    const ELSEWHERE: &str = "input `tracker` is only for `deploy`, `rollback`, `continue`, `stop` and `list`\n\
                             `command: list` with `tracker` rewrites the whole tracker and deploys nothing";
    for command in ["verify", "status", "run", "drill"] {
        let said = problems(&[("tracker", "issue"), ("command", command)]);
        assert!(said.iter().any(|it| it == ELSEWHERE), "{command}: {said:?}");
    }
    check(&[(
        &[("tracker", "isue")],
        &["input `tracker`: \"isue\" is not accepted; use issue\ndid you mean `issue`?"],
    )]);
    for file in ["../rollback.yml", ".github/workflows/rollback.yml", "a b.yml", ".yml", "a.json"] {
        let said = problems(&[("rollback-workflow", file)]);
        let [said] = said.as_slice() else { panic!("one problem: {said:?}") };
        assert!(said.starts_with("input `rollback-workflow`: "), "{said}");
        assert!(said.contains("is not the name of a workflow file (like rollback.yml)"), "{said}");
    }
}

#[test]
fn what_the_new_version_has_to_answer() {
    const URL: (&str, &str) = ("check-url", "https://shop.example.com/health");
    check(&[
        (
            &[("check-url", "shop.example.com/health")],
            &["input `check-url`: it is not an address (like https://example.com/health)\n\
               it has to begin with https:// or http://, in ASCII and without spaces"],
        ),
        (
            &[URL, ("wait", "false")],
            &["input `check-url` and `wait: false` can't be used together\n\
               without waiting, the end of the deployment is not known"],
        ),
        (
            &[("schedules", "update"), ("wait", "false")],
            &["input `schedules` and `wait: false` can't be used together\n\
               without waiting, the end of the deployment is not known"],
        ),
        (
            &[URL, ("service", "web\nworker"), ("repository", "web")],
            &["input `check-url` is for one service, but there are 2\n\
               remove `check-url`, or give the service its own step"],
        ),
        (
            &[URL, ("check-header", "X-Version")],
            &["input `check-header`: \"X-Version\" is not a header (like X-Version: {version})"],
        ),
        (
            &[URL, ("check-header", "X Version: 1")],
            &["input `check-header`: \"X Version: 1\" is not a header (like X-Version: {version})"],
        ),
        (
            &[URL, ("check-count", "0")],
            &["input `check-count`: \"0\" is not a whole number from 1 to 100"],
        ),
        (
            &[URL, ("check-count", "100"), ("check-timeout", "1m")],
            &["input `check-timeout` must be longer than 1m for 100 right answers in a row\n\
               the address is requested about once a second (`check-count` sets how many right answers are needed)"],
        ),
        (
            &[URL, ("check-timeout", "3s")],
            &["input `check-timeout` must be longer than 3s for 3 right answers in a row\n\
               the address is requested about once a second (`check-count` sets how many right answers are needed)"],
        ),
        (
            &[URL, ("check-timeout", "2")],
            &["input `check-timeout`: \"2\" is not a duration (like 90s, 15m or 1h)\n\
               add the unit: s, m or h"],
        ),
    ]);
    for text in ["ok", "20", "600", "200-", "299-200", "200,", "2xx", "200 204"] {
        let expected = format!(
            "input `check-status`: {text:?} is not a status (like 200, 200-299 or 200, 204)"
        );
        assert_eq!(problems(&[URL, ("check-status", text)]), [expected]);
    }
}
