//! What the file of many apps and the inputs mean together.

use super::*;

const FILE: &str = "\
tag-template: '{name}-v{version}'
cluster: '{environment}'
account: '000000000001'
shared: [pnpm-lock.yaml, packages/ui]
secrets: [TOKEN=/shared/token]
environments:
  prod: { logs: 0, github-environment: '{environment}: {name}' }
  staging: { cluster: stage, account: 000000000002 }
apps:
  api:
    package: apps/api
    services: ['{name}-{environment}', api-worker]
    timeout: 1h
  web1:
    package: apps/web1/package.json
    requires: { api: '>=2.3 <3' }
    secrets: []
  docs: { package: docs, wait-until: traffic }
";

fn request(inputs: &[(&str, &str)]) -> Request {
    with_file(FILE.as_bytes(), inputs).expect("the file and the inputs are right")
}

fn problems(inputs: &[(&str, &str)]) -> Vec<String> {
    let problems = with_file(FILE.as_bytes(), inputs).expect_err("the inputs are wrong");
    problems.iter().map(ToString::to_string).collect()
}

fn in_prod<'a>(inputs: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[("environment", "prod"), ("apps", "all")], inputs].concat()
}

/// `app: cluster/service` of each.
fn targets(apps: &[AppRequest]) -> Vec<String> {
    let shown = |it: &AppRequest| {
        let app = it.app.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{app}: {}/{}", it.target.cluster, it.target.service)
    };
    apps.iter().map(shown).collect()
}

#[test]
fn each_service_of_each_app_is_a_request_in_the_order_of_the_file() {
    let all = request(&in_prod(&[]));
    let expected =
        ["api: prod/api-prod", "api: prod/api-worker", "web1: prod/web1", "docs: prod/docs"];
    assert_eq!(targets(&all.apps), expected);
    assert_eq!(all.beside, []);
    let two = request(&in_prod(&[("apps", "docs\napi\n")]));
    assert_eq!(targets(&two.apps), [expected[0], expected[1], expected[3]]);
}

#[test]
fn what_is_required_and_not_chosen_stands_beside() {
    let web1 = request(&[("environment", "staging"), ("apps", "web1"), ("version", "1.4.2")]);
    assert_eq!(targets(&web1.beside), ["api: stage/api-staging", "api: stage/api-worker"]);
    let [needed] = &web1.apps[0].requires[..] else { panic!("{web1:?}") };
    assert_eq!((needed.app.as_str(), needed.range.to_string().as_str()), ("api", ">=2.3 <3"));
    // The version is that of web1.
    assert!(matches!(web1.beside[0].wanted, Wanted::Version { version: None, .. }));
}

#[test]
fn a_version_can_be_what_each_service_runs_in_another_environment() {
    let all = request(&in_prod(&[("version", "from staging")]));
    let sources: Vec<_> = all.apps.iter().filter_map(|it| it.source.as_deref().cloned()).collect();
    let expected =
        ["api: stage/api-staging", "api: stage/api-worker", "web1: stage/web1", "docs: stage/docs"];
    assert_eq!(targets(&sources), expected);
    let accounts = [&all.apps[0], &sources[0]].map(|it| it.account.clone().expect("an account"));
    assert_eq!(accounts.map(|it| it.to_string()), ["000000000001", "000000000002"]);
    // Inputs say where it goes, not where it comes from.
    let with = [("version", "from staging"), ("cluster", "other"), ("service", "api-worker")];
    let one = request(&in_prod(&[&with[..], &[("apps", "api")]].concat()));
    let source = one.apps[0].source.as_deref().cloned().expect("a source");
    assert_eq!(targets(&[one.apps[0].clone(), source]), ["api: other/api-worker", expected[1]]);

    for (version, expected) in [
        (
            "from stagin",
            "input `version`: there is no environment stagin in .github/ecs-release.yml\n\
                         did you mean `from staging`?",
        ),
        (
            "from prod",
            "input `version`: service docs (cluster prod, eu-central-1) would take the version from itself\n\
                       name another service, such as the one in staging",
        ),
    ] {
        let with = [("environment", "prod"), ("apps", "docs"), ("version", version)];
        assert_eq!(problems(&with), [expected]);
    }
}

#[test]
fn an_input_goes_before_the_app_the_app_before_the_environment_and_that_before_the_top() {
    let of = |inputs: &[(&str, &str)], app: &str| {
        let apps = request(inputs).apps;
        apps.into_iter()
            .find(|it| it.app.as_ref().is_some_and(|it| it.as_str() == app))
            .expect("it")
    };
    let staging = [("environment", "staging"), ("apps", "all")];
    let (prod, staging) = (of(&in_prod(&[]), "api"), of(&staging, "api"));
    assert_eq!([prod.failure.log_lines, staging.failure.log_lines], [0, 20]);
    let account = |app: &AppRequest| app.account.as_ref().map(ToString::to_string);
    assert_eq!(account(&prod).as_deref(), Some("000000000001"));
    // As it is spelled, with its zeros.
    assert_eq!(account(&staging).as_deref(), Some("000000000002"));
    assert_eq!(prod.wait.timeout, Some(std::time::Duration::from_secs(3600)));
    let given = of(&in_prod(&[("logs", "20"), ("cluster", "other"), ("timeout", "5m")]), "api");
    assert_eq!(given.failure.log_lines, 20, "what is said counts, though it is the default");
    assert_eq!(given.target.cluster.as_str(), "other");
    assert_eq!(given.wait.timeout, Some(std::time::Duration::from_secs(300)));
    assert_eq!(of(&in_prod(&[]), "docs").wait.until, WaitUntil::Traffic);
    // A list takes the place of another, also an empty one.
    assert_eq!(of(&in_prod(&[]), "docs").secrets.len(), 1);
    assert_eq!(of(&in_prod(&[]), "web1").secrets, []);
}

#[test]
fn each_app_has_its_package_its_folder_and_the_template_of_all() {
    let apps = request(&in_prod(&[])).apps;
    let web1 = &apps[2];
    let Wanted::Version { package, package_given, tag_template, .. } = &web1.wanted else {
        panic!("a version is wanted: {web1:?}");
    };
    assert_eq!(
        (package.as_path(), *package_given),
        (std::path::Path::new("apps/web1/package.json"), true)
    );
    assert_eq!(
        tag_template.as_ref().map(ToString::to_string).as_deref(),
        Some("{name}-v{version}")
    );
    let folders: Vec<_> = apps.iter().map(|app| app.folder.to_str()).collect();
    assert_eq!(folders, [Some("apps/api"), Some("apps/api"), Some("apps/web1"), Some("docs")]);
}

#[test]
fn github_records_each_service_in_an_environment_of_its_own() {
    let recorded = |environment| {
        let inputs = [
            ("environment", environment),
            ("apps", "all"),
            ("github-deployment", "true"),
            ("github-token", "ghs_x"),
        ];
        let named = |app: AppRequest| app.record.expect("it is recorded").environment;
        request(&inputs).apps.into_iter().map(named).collect::<Vec<_>>()
    };
    let names = ["staging-api-staging", "staging-api-worker", "staging-web1", "staging-docs"];
    assert_eq!(recorded("staging"), names);
    assert_eq!(
        recorded("prod"),
        ["prod: api-api-prod", "prod: api-api-worker", "prod: web1", "prod: docs"]
    );
}

#[test]
fn a_version_that_is_in_no_package_json_is_read_where_the_file_says() {
    let file = b"\
cluster: c
version-file: .release-please-manifest.json
apps:
  worker: { version-file: 'jobs/{name}/Cargo.toml' }
  api: { package: apps/api }
";
    let found = |app: AppRequest| match app.wanted {
        Wanted::Version { version_file: Some(it), .. } => {
            let paths = [it.file, it.folder, app.folder];
            paths.map(|path| path.to_str().expect("text").to_owned()).join(" ")
        }
        _ => panic!("no version of a file: {:?}", app.wanted),
    };
    let request = with_file(file, &[("apps", "all")]).expect("it is right");
    let found: Vec<String> = request.apps.into_iter().map(found).collect();
    assert_eq!(
        found,
        [
            "jobs/worker/Cargo.toml jobs/worker jobs/worker",
            ".release-please-manifest.json apps/api apps/api",
        ]
    );
}

#[test]
fn rules_for_one_command_do_not_stand_against_the_file_that_serves_all() {
    let file = b"cluster: c\nfail-on-severity: high\ngit-tag: 'v{version}'\napps: { web1: { package: . } }\n";
    for command in ["rollback", "list", "verify"] {
        let inputs = [("command", command), ("apps", "web1"), ("github-token", "ghs_x")];
        let request = with_file(file, &inputs).expect("it serves all commands");
        assert_eq!(request.apps[0].fail_on.is_some(), command == "verify", "{command}");
    }
    let problems = with_file(file, &[("apps", "web1")]).expect_err("a tag needs a token");
    assert_eq!(problems[0].message, "`git-tag` needs `github-token`");
}

#[test]
fn what_cannot_be_meant_with_these_apps_is_refused() {
    let environments = ".github/ecs-release.yml has prod, staging";
    let one = "remove it, or name one app in `apps`";
    for (inputs, expected) in [
        (&[("apps", "all")][..], format!("input `environment` is missing\n{environments}")),
        (
            &[("apps", "all"), ("environment", "prd")],
            "input `environment`: there is no environment \"prd\" in .github/ecs-release.yml\ndid you mean `prod`?".to_owned(),
        ),
        (
            &[("apps", "all"), ("environment", "live")],
            format!("input `environment`: there is no environment \"live\" in .github/ecs-release.yml\n{environments}"),
        ),
        (
            &in_prod(&[("apps", "api\nwbe1")]),
            "input `apps`, line 2: there is no app \"wbe1\" in .github/ecs-release.yml\ndid you mean `web1`?".to_owned(),
        ),
        (
            &in_prod(&[("apps", "api, web1")]),
            "input `apps`, line 1: there is no app \"api, web1\" in .github/ecs-release.yml\nwrite one name per line, without commas".to_owned(),
        ),
        (&in_prod(&[("apps", "api\napi")]), "input `apps`, line 2: `api` is already on line 1".to_owned()),
        (&in_prod(&[("apps", "docs\nall")]), "input `apps`, line 2: there is no app \"all\" in .github/ecs-release.yml\n`all` must be the only entry".to_owned()),
        (&in_prod(&[("version", "1.4.2")]), format!("input `version` is for one app, but there are 3\n{one}")),
        (&in_prod(&[("desired-count", "2")]), "input `desired-count` is for one service, but there are 4\nremove `desired-count`, or give the service its own step".to_owned()),
        (
            &in_prod(&[("command", "rollback"), ("version", "1.4.1")]),
            format!("input `version` is for one app, but there are 3\n{one}"),
        ),
        (
            &in_prod(&[("service", "web1")]),
            "inputs `apps` and `service` can't be used together\nremove `service`, or name only its app in `apps`".to_owned(),
        ),
        (
            &in_prod(&[("apps", "api"), ("service", "web1")]),
            "input `service`: web1 is not a service of app api\nit has api-prod, api-worker".to_owned(),
        ),
        // Said once, though each app reads it.
        (&in_prod(&[("in-flight", "now")]), "input `in-flight`: \"now\" is not accepted; use one of wait, replace, refuse".to_owned()),
    ] {
        assert_eq!(problems(inputs), [expected], "{inputs:?}");
    }
}

#[test]
fn one_service_of_one_app_may_be_meant() {
    let one = request(&in_prod(&[("apps", "api"), ("service", "api-worker")]));
    assert_eq!(targets(&one.apps), ["api: prod/api-worker"]);
    let back = request(&in_prod(&[("command", "rollback"), ("version", "previous")]));
    assert_eq!(back.apps.len(), 4);
}

#[test]
fn what_neither_an_input_nor_the_file_says_is_missing_at_the_app() {
    let file = b"environments: { prod: }\napps:\n  web1: { package: . }\n";
    let problems = with_file(file, &in_prod(&[])).expect_err("nothing names the cluster");
    let [problem] = &problems[..] else { panic!("{problems:?}") };
    assert_eq!(problem.message, "`cluster` of app web1 is missing in environment prod");
    let place = problem.location.as_ref().expect("a place");
    assert_eq!((place.line, place.column), (3, Some(3)));
    assert!(with_file(file, &in_prod(&[("cluster", "c")])).is_ok_and(|it| it.apps.len() == 1));
}

#[test]
fn inputs_must_not_put_two_services_into_one() {
    let file = b"apps:\n  a: { package: a, cluster: a, services: web }\n  b: { package: b, cluster: b, services: web }\n";
    let with = |inputs: &[(&str, &str)]| with_file(file, &[&[("apps", "all")], inputs].concat());
    assert!(with(&[]).is_ok_and(|it| it.apps.len() == 2));
    let problems = with(&[("cluster", "c")]).expect_err("both are one service");
    assert_eq!(
        problems[0].message,
        "the apps a and b have the same service web (cluster c, eu-central-1)"
    );
}
