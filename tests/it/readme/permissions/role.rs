//! The files of docs/iam: the policies of docs/permissions.md, to take as they are, and with
//! parameters in the place of the example's names. `UPDATE_EXPECT=1` writes them.

use std::collections::BTreeSet;
use std::env;
use std::fs;

use serde_json::{Value, json};

use super::{Shown, actions, read, root, shown, strings};
use crate::drills;
use crate::scene::Scene;

/// A name of the example, and the parameter that takes its place in the template of
/// CloudFormation and in that of Terraform; what is a part of another one comes later.
const NAMES: [(&str, &str, &str); 17] = [
    ("arn:aws:iam::123456789012:role/shop-task", "${TaskRole}", "${var.task_role}"),
    ("arn:aws:iam::123456789012:role/shop-execution", "${ExecutionRole}", "${var.execution_role}"),
    ("arn:aws:iam::123456789012:role/shop-schedule", "${ScheduleRoles}", "${var.schedule_roles}"),
    ("AppECS-prod-shop", "${CodeDeployApplication}", "${var.codedeploy.application}"),
    ("DgpECS-prod-shop", "${CodeDeployGroup}", "${var.codedeploy.group}"),
    ("task-definition/shop:", "task-definition/${Family}:", "task-definition/${local.family}:"),
    ("repository/shop", "repository/${ImageRepository}", "repository/${local.image}"),
    ("log-group:/ecs/shop:", "log-group:${LogGroup}:", "log-group:${local.log_group}:"),
    ("/prod/shop", "/${Cluster}/${Service}", "/${var.cluster}/${var.service}"),
    ("cluster/prod", "cluster/${Cluster}", "cluster/${var.cluster}"),
    ("task/prod/", "task/${Cluster}/", "task/${var.cluster}/"),
    ("secret:shop/", "secret:${Service}/", "secret:${var.service}/"),
    ("rule/shop-", "rule/${Service}-", "rule/${var.service}-"),
    ("default/shop-", "default/${Service}-", "default/${var.service}-"),
    ("arn:aws:", "arn:${AWS::Partition}:", "arn:${local.partition}:"),
    ("123456789012", "${AWS::AccountId}", "${local.account}"),
    ("eu-central-1", "${AWS::Region}", "${local.region}"),
];

/// Parameters that may be empty: then something else stands for them.
const OPTIONAL: [(&str, &str, &str); 3] = [
    ("Family", "HasFamily", "${Service}"),
    ("ImageRepository", "HasImageRepository", "${Service}"),
    ("LogGroup", "HasLogGroup", "/ecs/${Service}"),
];

/// The commands that only read.
const READING: [&str; 6] = ["list", "page", "status", "plan", "verify", "drill"];

/// What only a deployment reads: why it fails or is slow, and what is scheduled.
const OF_A_DEPLOYMENT: [&str; 7] = [
    "logs:GetLogEvents",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetGroupAttributes",
    "events:ListRuleNamesByTarget",
    "events:ListTargetsByRule",
    "scheduler:ListSchedules",
    "scheduler:GetSchedule",
];

#[test]
fn the_files_of_policies_are_those_of_the_page() {
    for (name, policy) in files() {
        let text = format!("{policy:#}\n");
        holds(&format!("docs/iam/{name}.json"), &text);
    }
}

#[test]
fn the_role_of_cloudformation_and_that_of_terraform_are_made_of_the_same_policies() {
    let between = |path: &str, policies: &str| {
        let (open, close) = ("# <policies>\n", "# </policies>\n");
        let whole = read(path);
        let from = whole.find(open).expect("it has the mark") + open.len();
        let to = whole.find(close).expect("it has the second mark");
        holds(path, &format!("{}{policies}{}", &whole[..from], &whole[to..]));
    };
    let Shown { least, optional, push, schedule_roles, codedeploy, optional_codedeploy } = shown();
    let deploy = together(&[&least, &optional]);
    let under_codedeploy = together(&[&codedeploy, &optional_codedeploy]);
    let in_cloudformation = |(name, condition, policy): (&str, &str, &Value)| {
        let condition = match condition {
            "" => String::new(),
            condition => format!("    Condition: {condition}\n"),
        };
        let document = format!("{:#}", substituted(policy)).replace('\n', "\n      ");
        format!(
            "  {name}:\n    Type: AWS::IAM::RolePolicy\n{condition}    Properties:\n      \
             RoleName: !Ref Role\n      PolicyName: {name}\n      PolicyDocument: {document}\n"
        )
    };
    let all = [
        ("Deploy", "", &deploy),
        ("Push", "IsToPush", &push),
        ("ScheduledTasks", "HasScheduleRoles", &schedule_roles),
        ("CodeDeploy", "HasCodeDeploy", &under_codedeploy),
    ];
    between("docs/iam/role.yml", &all.map(in_cloudformation).join("\n"));
    let in_terraform = |(name, condition, policy): (&str, &str, &Value)| {
        let count = match condition {
            "" => String::new(),
            condition => format!("  count  = {condition} ? 1 : 0\n"),
        };
        let document = renamed(&format!("{policy:#}"), |(_, _, it)| it).replace('\n', "\n  ");
        format!(
            "resource \"aws_iam_role_policy\" \"{name}\" {{\n{count}  name   = \"{name}\"\n  \
             role   = aws_iam_role.deploy.id\n  policy = jsonencode({document})\n}}\n"
        )
    };
    let all = [
        ("deploy", "", &deploy),
        ("push", "var.push_images", &push),
        ("scheduled_tasks", "length(var.schedule_roles) > 0", &schedule_roles),
        ("codedeploy", "var.codedeploy != null", &under_codedeploy),
    ];
    between("docs/iam/main.tf", &all.map(in_terraform).join("\n"));
}

#[test]
fn a_role_that_only_reads_can_write_nothing() {
    for (name, policy) in files().into_iter().filter(|(name, _)| name.contains("read")) {
        let actions = actions(&policy);
        assert!(!actions.is_empty() && actions.iter().all(|it| is_read(it)), "{name}: {actions:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_that_only_reads_is_enough_for_every_command_that_only_reads() {
    let scene = super::with_a_past().await;
    super::deny(&scene, super::operations(&(&super::called() - &granted("read"))));
    for command in READING {
        let step = scene.deploy(&[("command", command)]).await;
        assert_eq!(step.code, 0, "{command}: {step:?}");
        let denied = step.lines.iter().find(|line| line.contains("is not allowed"));
        assert_eq!(denied, None, "{command}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_may_read_nothing_that_none_of_these_commands_reads() {
    let scene = drills::shop();
    scene.sim.service("prod", "web2").running("web1:3").load_balancer().start();
    let asked = &asked_by_reading(&scene, "web1").await | &asked_by_reading(&scene, "web2").await;
    assert_asked_for_all("read", &asked);

    let of_another_name = crate::codedeploy::without_group();
    let group = of_another_name.sim.deployment_group("shop", "blue-green");
    group.service("prod", "web1").create();
    let scene = super::codedeploy::with_a_past().await;
    let asked = asked_by_reading(&scene, "web1").await;
    let asked = &asked | &asked_by_reading(&of_another_name, "web1").await;
    assert_asked_for_all("codedeploy-read", &asked);
}

/// What was asked of AWS by each command that only reads.
async fn asked_by_reading(scene: &Scene, service: &str) -> BTreeSet<String> {
    scene.sim.repository("web1").scanned("1.4.2", "COMPLETE", &[]);
    let mut asked = BTreeSet::new();
    for command in READING {
        let mut with = vec![("command", command), ("service", service)];
        with.extend((command == "verify").then_some(("fail-on-severity", "critical")));
        let step = scene.deploy(&with).await;
        asked.extend(step.requests.into_iter().map(|it| it.operation));
    }
    asked
}

#[track_caller]
fn assert_asked_for_all(file: &str, asked: &BTreeSet<String>) {
    let granted = granted(file);
    let idle: Vec<&str> = super::operations(&granted).filter(|it| !asked.contains(*it)).collect();
    assert_eq!(idle, [""; 0], "{file}");
}

fn granted(file: &str) -> BTreeSet<String> {
    let found = files().into_iter().find(|(name, _)| *name == file);
    actions(&found.expect("it is there").1)
}

#[test]
fn no_name_of_the_example_is_left_in_a_template() {
    for path in ["docs/iam/role.yml", "docs/iam/main.tf"] {
        let whole = read(path);
        let (_, policies) = whole.split_once("# <policies>").expect("it has the mark");
        for (name, ..) in NAMES {
            assert!(!policies.contains(name), "{path} has {name}");
        }
        assert!(!policies.contains("shop") && !policies.contains("prod"), "{path}");
    }
}

/// What each file holds.
fn files() -> Vec<(&'static str, Value)> {
    let Shown { least, optional, push, codedeploy, optional_codedeploy, .. } = shown();
    let deploy = together(&[&least, &optional]);
    let under_codedeploy = together(&[&codedeploy, &optional_codedeploy]);
    vec![
        ("push", push),
        ("read", reading(&deploy)),
        ("deploy-least", least),
        ("deploy", deploy),
        ("codedeploy-read", reading(&under_codedeploy)),
        ("codedeploy-least", codedeploy),
        ("codedeploy", under_codedeploy),
    ]
}

fn together(policies: &[&Value]) -> Value {
    let statements = policies.iter().flat_map(|it| it["Statement"].as_array().expect("statements"));
    json!({ "Version": "2012-10-17", "Statement": statements.collect::<Vec<_>>() })
}

/// What is left of a policy for the commands that only read.
fn reading(policy: &Value) -> Value {
    let mut statements = policy["Statement"].as_array().expect("statements").clone();
    for statement in &mut statements {
        let is_wanted = |it: &String| is_read(it) && !OF_A_DEPLOYMENT.contains(&it.as_str());
        let reads = strings(&statement["Action"]).into_iter().filter(is_wanted);
        statement["Action"] = reads.collect();
    }
    statements.retain(|it| it["Action"] != json!([]));
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// IAM's own names: what only reads says so in its first word.
fn is_read(action: &str) -> bool {
    let name = action.split_once(':').expect("an action has a service").1;
    ["Describe", "List", "Get", "BatchGet"].iter().any(|word| name.starts_with(word))
}

type Name = (&'static str, &'static str, &'static str);

fn renamed(text: &str, to: impl Fn(Name) -> &'static str) -> String {
    NAMES.iter().fold(text.to_owned(), |text, name| text.replace(name.0, to(*name)))
}

/// A document in which each text with a parameter is filled in by CloudFormation.
fn substituted(value: &Value) -> Value {
    match value {
        Value::String(text) => {
            let renamed = renamed(text, |(_, it, _)| it);
            if renamed == *text {
                return value.clone();
            }
            let whole = renamed.strip_prefix("${").and_then(|it| it.strip_suffix('}'));
            match whole.filter(|it| !it.contains('}')) {
                // Of several ARNs this is a list.
                Some(parameter) => json!({ "Ref": parameter }),
                None => filled(&renamed),
            }
        }
        Value::Array(items) => items.iter().map(substituted).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, it)| (name.clone(), substituted(it))).collect()
        }
        other => other.clone(),
    }
}

fn filled(text: &str) -> Value {
    for (name, condition, otherwise) in OPTIONAL {
        if text.contains(&format!("${{{name}}}")) {
            let other = text.replace(&format!("${{{name}}}"), otherwise);
            return json!({ "Fn::If": [condition, { "Fn::Sub": text }, { "Fn::Sub": other }] });
        }
    }
    json!({ "Fn::Sub": text })
}

fn holds(path: &str, expected: &str) {
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(root().join(path), expected).expect("it can be written");
    } else {
        let is = fs::read_to_string(root().join(path)).unwrap_or_default();
        assert_eq!(
            is,
            expected,
            "{path} is not what {} says; UPDATE_EXPECT=1 writes it",
            super::PAGE
        );
    }
}
