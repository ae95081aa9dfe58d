//! What can be wrong in the file of many apps, and where that is said.

use super::*;

/// `line:column message`, and the hint behind a line break.
fn said(file: &[u8], environment: &str) -> Vec<String> {
    let inputs = [("apps", "all"), ("environment", environment)];
    let problems = with_file(file, &inputs).expect_err("the file is wrong");
    let said = problems.iter().map(|problem| {
        let place = problem.location.as_ref().expect("it has a place");
        assert_eq!(place.file, ".github/ecs-release.yml");
        format!("{}:{} {problem}", place.line, place.column.expect("and a column"))
    });
    said.collect()
}

#[test]
fn each_mistake_has_its_line_and_column() {
    const APP: &str = "apps:\n  web1: { package: apps/web1, cluster: prod }\n";
    const KEYS: &str = "the keys are: environments, apps, shared, services";
    let mut wrong = Vec::new();
    let many = format!(
        "package: .\napps:\n{}",
        (0..501).map(|n| format!("  a{n}:\n")).collect::<String>()
    );
    for (file, expected) in [
        // No tree.
        ("", "1:1 the file is nothing, not a mapping"),
        ("- apps\n", "1:1 the file is a list, not a mapping"),
        ("apps: {\n", "1:7 .github/ecs-release.yml: invalid YAML at line 1 column 7"),
        (
            "apps:\n\tweb1: {}\n",
            "2:1 .github/ecs-release.yml: a tab indents line 2, and YAML allows only spaces",
        ),
        (
            "apps: {}\napps: {}\n",
            "2:1 .github/ecs-release.yml: the key \"apps\" appears twice in one object",
        ),
        // Keys.
        ("cluster: prod\n", "1:1 `apps` is missing"),
        ("apps: {}\n", "1:1 `apps` is empty"),
        ("apps: [web1]\n", "1:7 `apps` is a list, not a mapping"),
        (
            &format!("{APP}clutser: prod\n"),
            "3:1 the file has an unknown key `clutser`\ndid you mean `cluster`?",
        ),
        (
            &format!("{APP}colour: red\n"),
            &format!("3:1 the file has an unknown key `colour`\n{KEYS}"),
        ),
        (
            &format!("{APP}  api: {{ package: a, clutser: b }}\n"),
            "3:22 app api has an unknown key `clutser`\ndid you mean `cluster`?",
        ),
        (
            &format!("environments: {{ prod: {{ package: a }} }}\n{APP}"),
            "1:25 `package` is not allowed in environment prod\nit belongs at the top of the file or in an app",
        ),
        ("apps:\n  web/1: { package: a }\n", "2:3 \"web/1\" is not the name of an app"),
        ("apps:\n  all: { package: a }\n", "2:3 an app cannot be called all"),
        (
            &format!("{APP}  Web1: {{ package: b }}\n"),
            "3:3 the apps web1 and Web1 differ only in upper and lower case",
        ),
        (&many, "503:3 501 apps are too many (at most 500)"),
        // Values, by their form.
        (&format!("{APP}region:\n"), "3:7 `region` has no value\ngive it one, or remove the line"),
        (&format!("{APP}region: [a, b]\n"), "3:9 `region` is a list, but must be one value"),
        (
            &format!("{APP}secrets: {{ A: hunter2 }}\n"),
            "3:10 `secrets` is a mapping, but must be a list, or text with one item per line",
        ),
        (
            &format!("{APP}container: [a, [b]]\n"),
            "3:16 `container`: this item is not one line of text",
        ),
        // Values, by their meaning.
        (
            &format!("{APP}wait-until: dnoe\n"),
            "3:13 `wait-until`: \"dnoe\" is not accepted; use one of done, traffic, paused, pre-scale-up, scale-up, post-scale-up, test-traffic-shift, post-test-traffic-shift, pre-production-traffic-shift, production-traffic-shift, post-production-traffic-shift, bake-time, clean-up\ndid you mean `done`?",
        ),
        (
            &format!("{APP}  api: {{ package: a, timeout: 5, cluster: c }}\n"),
            "3:31 `timeout` of app api: \"5\" is not a duration",
        ),
        (
            &format!("environments: {{ prod: {{ account: 123 }}, dev: }}\n{APP}"),
            "1:34 `account` of environment prod: \"123\" is not an AWS account id",
        ),
        (&format!("{APP}secrets:\n  - A=b\n  - hunter2\n"), "5:5 `secrets`: there is no `=`"),
        (&format!("{APP}secrets: |\n  A=b\n  hunter2\n"), "5:3 `secrets`: there is no `=`"),
        (
            &format!("{APP}secrets: [A=b]\nenvironment-variables:\n - B=c\n - A=hunter2\n"),
            "3:11 `secrets`: `A` is also in `environment-variables`, line 6",
        ),
        (
            &format!("{APP}cluster: '{{nmae}}'\n"),
            "3:10 `cluster`: there is no placeholder {nmae}\ndid you mean {name}?",
        ),
        (
            &format!("{APP}tag-template: '{{branch}}-{{version}}'\n"),
            "3:15 `tag-template`: the tag template \"{branch}-{version}\" contains '{'",
        ),
        (
            &format!("{APP}  api: {{ package: a, services: [b, 'c d'], cluster: c }}\n"),
            "3:36 `services` of app api: \"c d\" is not an ECS service name",
        ),
        (
            &format!(
                "{APP}  api: {{ package: a, services: [b, c], task-definition: d.json, cluster: c }}\n"
            ),
            "3:57 `task-definition` of app api: it is for one service, but the app has 2",
        ),
        // Apps among each other.
        (
            "apps:\n  web1: { cluster: prod }\n",
            "2:3 app web1 has neither `package` nor `version-file`",
        ),
        (
            &format!("{APP}  api: {{ package: a, cluster: prod, services: [b, web1] }}\n"),
            "3:51 `services` of app api: web1 is also a service of app web1",
        ),
        (
            &format!("{APP}  api: {{ package: a, requires: {{ wbe1: '1' }} }}\n"),
            "3:34 `requires` of app api: there is no app wbe1\ndid you mean `web1`?",
        ),
        (
            &format!("{APP}  api: {{ package: a, requires: {{ web1: '>2 <1' }} }}\n"),
            "3:40 `requires` of app api: no version is in the range \">2 <1\"",
        ),
        (
            &format!("{APP}  api: {{ package: a, requires: {{ web1: '1 || 2' }} }}\n"),
            "3:40 `requires` of app api: \"1 || 2\" contains `||`",
        ),
        (
            &format!("{APP}  api: {{ package: a, requires: {{ web1: }} }}\n"),
            "3:38 `requires` of app api: web1 has no range of versions",
        ),
        (
            "package: .\napps:\n  a: { requires: { b: '1' } }\n  b: { requires: { c: '1' } }\n  c: { requires: { a: '1' } }\n",
            "5:20 `requires` is circular: a → b → c → a",
        ),
        (
            "package: .\napps:\n  a: { requires: { a: '1' } }\n",
            "3:20 `requires` is circular: a → a",
        ),
        (
            "apps:\n  web1: { package: ../web1 }\n",
            "2:20 `package` of app web1 points outside the checkout",
        ),
        (&format!("{APP}secrets: \"A=b\\nhunter2\"\n"), "3:10 `secrets`, line 2: there is no `=`"),
        (&format!("{APP}shared: [docs, a/../../b]\n"), "3:16 `shared` points outside the checkout"),
        (
            "apps:\n  web1: { package: /srv/web1 }\n",
            "2:20 `package` of app web1 points outside the checkout",
        ),
    ] {
        let said = said(file.as_bytes(), "prod");
        if said.len() != 1 || !said[0].starts_with(expected) {
            wrong.push(format!("{:.200}\n{expected}\n{said:#?}", file));
        }
        assert!(!said.concat().contains("hunter"), "{said:?}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn all_mistakes_of_all_apps_and_environments_are_said_each_once() {
    let file = "\
cluster: '{name} {environment}'
environments:
  prod: { regoin: eu-west-1 }
  dev: { region: eu, timeout: 5 }
apps:
  web1: { package: apps/web1, logs: many }
  api: { package: apps/api }
";
    assert_eq!(said(file.as_bytes(), "prod").len(), 1, "unknown keys come first");
    let file = file.replace("regoin", "region");
    let said = said(file.as_bytes(), "prod");
    let begins: Vec<&str> =
        said.iter().map(|it| it.split(": ").next().unwrap_or_default()).collect();
    assert_eq!(
        begins,
        [
            "1:10 `cluster`",
            "6:37 `logs` of app web1",
            "4:18 `region` of environment dev",
            "4:31 `timeout` of environment dev",
        ]
    );
}

#[test]
fn an_environment_that_a_name_needs_has_to_be_chosen() {
    let file = b"cluster: '{environment}'\napps: { web1: { package: . } }\n";
    assert_eq!(
        said(file, ""),
        ["1:10 `cluster`: it contains {environment}, but no environment is given\n\
          name one in the input `environment`"]
    );
}

#[allow(clippy::disallowed_methods, reason = "the test plays the checkout")]
#[cfg(unix)]
#[test]
fn a_file_that_is_none_of_the_checkout_is_not_read() {
    use std::os::unix::fs::symlink;

    let said = |make: &dyn Fn(&std::path::Path)| {
        let checkout = tempfile::tempdir().expect("a scratch folder can be made");
        std::fs::create_dir(checkout.path().join(".github")).expect("it can have a folder");
        make(checkout.path());
        let problems =
            in_checkout(checkout.path(), &[("apps", "all")]).expect_err("it is not read");
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        said.join("\n").replace(&checkout.path().display().to_string(), "")
    };
    let file = |root: &std::path::Path| root.join(".github/ecs-release.yml");
    assert_eq!(
        said(&|_| {}),
        "there is no file .github/ecs-release.yml\n\
         `apps` names apps of this file: check out the repository before this step."
    );
    assert!(
        said(&|root| symlink("/etc/hostname", file(root)).expect("a link"))
            .starts_with(".github/ecs-release.yml is a link out of the checkout")
    );
    let pipe = |root: &std::path::Path| {
        let made = std::process::Command::new("mkfifo").arg(file(root)).status();
        assert!(made.expect("mkfifo can be started").success());
    };
    let large = |root: &std::path::Path| {
        std::fs::write(file(root), "#".repeat(1 << 21)).expect("a file");
    };
    assert!(said(&large).starts_with(".github/ecs-release.yml is larger than 1 MiB"));
    assert!(said(&pipe).contains("is a pipe, a socket or a device, not a file"));
    let package = |root: &std::path::Path| {
        symlink("/etc", root.join("web1")).expect("a link");
        std::fs::write(file(root), "cluster: c\napps: { web1: { package: web1 } }\n")
            .expect("a file");
    };
    assert_eq!(said(&package), "`package` of app web1: it is a link out of the checkout");
}
