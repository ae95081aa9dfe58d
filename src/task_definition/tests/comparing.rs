use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::super::diff;
use super::{definition, shop};

/// The shop with other values at some places, given as JSON pointers; `null`
/// stands for leaving the member out.
fn shop_with(changes: &[(&str, Value)]) -> Value {
    let mut value = shop();
    for (pointer, new) in changes {
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        let parent = value.pointer_mut(parent).expect("a place in the shop");
        match (parent, new) {
            (Value::Object(parent), Value::Null) => drop(parent.shift_remove(key)),
            (parent, new) if parent.is_object() => parent[key] = new.clone(),
            (parent, new) => parent[key.parse::<usize>().expect("an index")] = new.clone(),
        }
    }
    value
}

const WEB: &str = "/containerDefinitions/0";

#[test]
fn spellings_that_mean_the_same_to_ecs_are_the_same() {
    let cases = [
        ("/cpu", json!("1 vCPU")),
        ("/memory", json!("2GB")),
        ("/taskRoleArn", json!("shop")),
        ("/pidMode", json!("")),
        ("/volumes", json!(null)),
        ("/placementConstraints", json!([])),
        ("/runtimePlatform", json!({})),
        ("/enableFaultInjection", json!(false)),
        ("/containerDefinitions/0/cpu", json!(null)),
        ("/containerDefinitions/0/essential", json!(null)),
        ("/containerDefinitions/0/linuxParameters", json!({"capabilities": {"add": []}})),
        ("/containerDefinitions/0/portMappings", json!([{"containerPort": 80}])),
        ("/containerDefinitions/0/portMappings/0/hostPort", json!(0)),
        ("/containerDefinitions/0/portMappings/0/containerPort", "8e1".parse().expect("JSON")),
        (
            "/containerDefinitions/0/environment",
            json!([{"name": "MODE", "value": "blue"}, {"name": "LOG_LEVEL", "value": "info"}]),
        ),
    ];
    for (pointer, value) in cases {
        let (one, other) = (definition(&shop()), definition(&shop_with(&[(pointer, value)])));
        assert!(one.same_as(&other) && other.same_as(&one), "{pointer}");
        assert_eq!(diff(&one, &other), [], "{pointer}");
    }
}

#[test]
fn what_may_mean_something_else_is_different() {
    let cases = [
        ("/family", json!("shop2")),
        ("/cpu", json!("2 vCPU")),
        ("/cpu", json!("1 core")),
        ("/taskRoleArn", json!("hop")),
        ("/taskRoleArn", json!("arn:aws:iam::111122223333:role/shop")),
        ("/tags", json!([{"key": "team", "value": "x"}])),
        ("/enableFaultInjection", json!(true)),
        ("/fieldOfTheFuture", json!({})),
        ("/fieldOfTheFuture", json!("")),
        ("/volumes", json!([{"name": "data"}])),
        ("/containerDefinitions/0/essential", json!(false)),
        ("/containerDefinitions/0/cpu", json!(1)),
        ("/containerDefinitions/0/portMappings/0/protocol", json!("udp")),
        ("/containerDefinitions/0/portMappings/0/hostPort", json!(8080)),
        ("/containerDefinitions/0/environment/0/value", json!("")),
        ("/containerDefinitions/0/dockerLabels", json!({"user": ""})),
        ("/containerDefinitions/0/command", json!([""])),
    ];
    for (pointer, value) in cases {
        let (one, other) = (definition(&shop()), definition(&shop_with(&[(pointer, value)])));
        assert!(!one.same_as(&other) && !other.same_as(&one), "{pointer}");
        assert_ne!(diff(&one, &other), [], "{pointer}");
    }
}

#[test]
fn pairs_that_differ_by_little_are_told_apart() {
    let volumes = |volume| definition(&shop_with(&[("/volumes", json!([volume]))]));
    let environment =
        |list| definition(&shop_with(&[("/containerDefinitions/0/environment", list)]));
    let role = |role: &str| definition(&shop_with(&[("/taskRoleArn", json!(role))]));
    assert!(!role("shop").same_as(&role("apps/shop")));

    let plain = volumes(json!({"name": "data"}));
    assert!(plain.same_as(&volumes(json!({"name": "data", "host": {}}))));
    assert!(!plain.same_as(&volumes(json!({"name": "data", "dockerVolumeConfiguration": {}}))));

    let efs = |rest: Value| volumes(json!({"name": "data", "efsVolumeConfiguration": rest}));
    let root = efs(json!({"fileSystemId": "fs-1"}));
    assert!(root.same_as(&efs(json!({"fileSystemId": "fs-1", "rootDirectory": "/"}))));
    assert!(!root.same_as(&efs(json!({"fileSystemId": "fs-1", "rootDirectory": "/x"}))));

    let two = |first: Value, second: Value| {
        let first = json!({"name": "a", "efsVolumeConfiguration": first});
        let second = json!({"name": "b", "efsVolumeConfiguration": second});
        definition(&shop_with(&[("/volumes", json!([first, second]))]))
    };
    let bare = json!({"fileSystemId": "fs-1"});
    let written = json!({"fileSystemId": "fs-1", "rootDirectory": "/"});
    assert!(two(bare.clone(), bare.clone()).same_as(&two(bare, written)));

    let check =
        |check: Value| definition(&shop_with(&[("/containerDefinitions/0/healthCheck", check)]));
    let written = json!({"command": ["true"], "interval": 30, "timeout": 5, "retries": 3});
    assert!(check(json!({"command": ["true"]})).same_as(&check(written)));
    for member in ["interval", "timeout", "retries", "startPeriod"] {
        let other = check(json!({"command": ["true"], member: 10}));
        assert!(!check(json!({"command": ["true"]})).same_as(&other), "{member}");
    }

    let empty = environment(json!([{"name": "A", "value": ""}]));
    assert!(empty.same_as(&environment(json!([{"name": "A"}]))));
    assert!(!empty.same_as(&environment(json!([]))));

    // Which of two equal names counts is the order's to say.
    let one_two = json!([{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]);
    let two_one = json!([{"name": "A", "value": "2"}, {"name": "A", "value": "1"}]);
    assert!(!environment(one_two).same_as(&environment(two_one)));
}

#[test]
fn lists_that_ecs_reorders_are_the_same_in_any_order() {
    let cases = [
        ("/volumes", json!([{"name": "a"}, {"name": "b"}])),
        ("/requiresCompatibilities", json!(["EC2", "FARGATE"])),
        ("/tags", json!([{"key": "a", "value": "1"}, {"key": "b", "value": "2"}])),
        ("/containerDefinitions/0/secrets", json!([{"name": "a"}, {"name": "b"}])),
        (
            "/containerDefinitions/0/mountPoints",
            json!([{"sourceVolume": "a"}, {"sourceVolume": "b"}]),
        ),
        (
            "/containerDefinitions/0/portMappings",
            json!([{"containerPort": 80}, {"containerPort": 81}]),
        ),
    ];
    for (pointer, list) in cases {
        let mut reversed = list.clone();
        reversed.as_array_mut().expect("a list").reverse();
        let one = definition(&shop_with(&[(pointer, list)]));
        let other = definition(&shop_with(&[(pointer, reversed)]));
        assert!(one.same_as(&other), "{pointer}");
    }
    let command = |list| definition(&shop_with(&[("/containerDefinitions/0/command", list)]));
    assert!(!command(json!(["a", "b"])).same_as(&command(json!(["b", "a"]))));
}

#[test]
fn the_network_mode_decides_what_a_missing_host_port_means() {
    let with = |mode: &str, mapping: Value| {
        let mappings = format!("{WEB}/portMappings");
        definition(&shop_with(&[("/networkMode", json!(mode)), (&mappings, json!([mapping]))]))
    };
    let missing = json!({"containerPort": 80});
    for (mode, meant) in [("awsvpc", 80), ("host", 80), ("bridge", 0)] {
        let written = json!({"containerPort": 80, "hostPort": meant});
        assert!(with(mode, missing.clone()).same_as(&with(mode, written)), "{mode}");
        let other = json!({"containerPort": 80, "hostPort": 80 - meant});
        let zero_in_awsvpc = mode == "awsvpc";
        assert_eq!(with(mode, missing.clone()).same_as(&with(mode, other)), zero_in_awsvpc);
    }
}

#[test]
fn containers_are_matched_by_name() {
    let mut reordered = shop();
    reordered["containerDefinitions"].as_array_mut().expect("a list").reverse();
    assert!(definition(&reordered).same_as(&definition(&shop())));
}

fn check(from: &Value, to: &Value, expected: &Expect) {
    let lines: Vec<_> = diff(&definition(from), &definition(to))
        .iter()
        .map(|change| format!("{change}\n"))
        .collect();
    expected.assert_eq(&lines.concat());
}

#[test]
fn a_diff_shows_what_is_harmless_and_names_the_rest() {
    let to = shop_with(&[
        ("/memory", json!("4 GB")),
        ("/runtimePlatform", json!({"cpuArchitecture": "ARM64"})),
        ("/ephemeralStorage", json!({"sizeInGiB": 30})),
        ("/tags", json!([{"key": "team", "value": "hush"}])),
        ("/volumes", json!([{"name": "data"}])),
        ("/fieldOfTheFuture", json!("hush")),
        ("/containerDefinitions/0/memoryReservation", json!(512)),
        ("/containerDefinitions/0/image", json!("registry.example/shop:1.4.2")),
        ("/containerDefinitions/0/command", json!(["--password", "hush"])),
        ("/containerDefinitions/0/dockerLabels", json!({"a": "hush"})),
        (
            "/containerDefinitions/0/logConfiguration",
            json!({"logDriver": "splunk", "options": {"splunk-token": "hush"}}),
        ),
        (
            "/containerDefinitions/0/environment",
            json!([{"name": "LOG_LEVEL", "value": "hush"}, {"name": "PASSWORD", "value": "hush"}]),
        ),
        ("/containerDefinitions/0/secrets", json!(null)),
        (
            "/containerDefinitions/0/portMappings",
            json!([{"name": "http", "containerPort": 80}, {"containerPort": 53, "protocol": "udp"}]),
        ),
        ("/containerDefinitions/1/name", json!("envoy")),
    ]);
    check(
        &shop(),
        &to,
        &expect![[r#"
            container envoy added
            container proxy removed
            web: image registry.example/shop:1.4.1 → registry.example/shop:1.4.2
            web: portMappings 80:80/tcp → 53:53/udp, 80:80/tcp
            web: environment variable LOG_LEVEL changed
            web: environment variable MODE removed
            web: environment variable PASSWORD added
            web: secret PASSWORD removed
            web: memoryReservation unset → 512
            web: command added
            web: dockerLabels added
            web: logConfiguration added
            memory 2048 → 4096
            volumes added
            runtimePlatform.cpuArchitecture unset → ARM64
            ephemeralStorage.sizeInGiB unset → 30
            tag team added
            fieldOfTheFuture added
        "#]],
    );
    check(
        &to,
        &shop(),
        &expect![[r#"
            container envoy removed
            container proxy added
            web: image registry.example/shop:1.4.2 → registry.example/shop:1.4.1
            web: portMappings 53:53/udp, 80:80/tcp → 80:80/tcp
            web: environment variable LOG_LEVEL changed
            web: environment variable MODE added
            web: environment variable PASSWORD removed
            web: memoryReservation 512 → unset
            web: command removed
            web: dockerLabels removed
            web: logConfiguration removed
            web: secret PASSWORD added
            memory 4096 → 2048
            volumes removed
            runtimePlatform.cpuArchitecture ARM64 → unset
            ephemeralStorage.sizeInGiB 30 → unset
            tag team removed
            fieldOfTheFuture removed
        "#]],
    );
}

#[test]
fn nested_members_are_named_by_their_path() {
    let log = "/containerDefinitions/0/logConfiguration";
    let volume = |id: &str| {
        json!([
            {"name": "data", "efsVolumeConfiguration": {"fileSystemId": id}},
            {"name": "scratch"},
        ])
    };
    let ports = "/containerDefinitions/0/portMappings";
    let port = |number: u16| json!([{"name": "http", "containerPort": number}]);
    let from = shop_with(&[
        (ports, port(80)),
        (log, json!({"logDriver": "awslogs", "options": {"awslogs-group": "a"}})),
        ("/volumes", volume("fs-1")),
    ]);
    let to = shop_with(&[
        (ports, port(8080)),
        (log, json!({"logDriver": "json-file", "options": {"awslogs-group": "b"}})),
        ("/volumes", volume("fs-2")),
    ]);
    check(
        &from,
        &to,
        &expect![[r#"
            web: portMappings 80:80/tcp → 8080:8080/tcp
            web: logConfiguration.logDriver awslogs → json-file
            web: logConfiguration.options.awslogs-group changed
            volumes[data].efsVolumeConfiguration.fileSystemId changed
        "#]],
    );
}

#[test]
fn a_change_stays_on_its_line() {
    let variable = json!([{"name": "A\nB", "value": "x"}]);
    let to = shop_with(&[
        ("/containerDefinitions/1/environment", variable),
        ("/containerDefinitions/1/image", json!("x\r\n::error::y")),
    ]);
    check(
        &shop(),
        &to,
        &expect![[r#"
            proxy: image registry.example/proxy:7 → x\r\n::error::y
            proxy: environment variable A\nB added
            proxy: environment variable LOG_LEVEL removed
        "#]],
    );
}

#[test]
fn a_key_with_a_dot_cannot_pass_for_a_place_that_is_shown() {
    let to = shop_with(&[
        ("/runtimePlatform.cpuArchitecture", json!("hush")),
        ("/containerDefinitions/0/dockerLabels", json!({"com.example.a": "hush"})),
    ]);
    let mut from = to.clone();
    from["runtimePlatform.cpuArchitecture"] = json!("");
    from["containerDefinitions"][0]["dockerLabels"]["com.example.a"] = json!("");
    check(
        &from,
        &to,
        &expect![[r#"
            web: dockerLabels["com.example.a"] changed
            ["runtimePlatform.cpuArchitecture"] changed
        "#]],
    );
}

#[test]
fn a_word_of_a_command_is_not_shown_whatever_shape_it_has() {
    let with = |command: Value| shop_with(&[("/containerDefinitions/0/command", command)]);
    check(
        &with(json!([{ "name": "hush" }])),
        &with(json!([{ "name": "hushed" }])),
        &expect![[r#"
            web: command changed
        "#]],
    );
}
