//! Sections and hooks that a deployment to ECS does not have.

use super::{file, line};
use crate::codedeploy::app_spec::AppSpec;

/// An AppSpec that fits, with these lines below it, the first of them on line 8.
fn with(lines: &[&str]) -> AppSpec {
    let head = "version: 0.0\nResources:\n- Shop:\n    Type: AWS::ECS::Service\n    Properties:\n      LoadBalancerInfo: {ContainerName: web, ContainerPort: 80}\n\n";
    file(&format!("{head}{}\n", lines.join("\n")))
}

/// What is said of each, without the name of the file, and on which line.
fn warned(lines: &[&str]) -> Vec<(String, Option<usize>)> {
    let warnings = with(lines).warnings();
    assert!(warnings.iter().all(|it| it.hint.is_some()), "{warnings:?}");
    let message = |it: &crate::problem::Problem| it.message.replace("appspec.yaml: ", "");
    warnings.iter().map(|it| (message(it), line(it))).collect()
}

fn told(message: &str, line: usize) -> (String, Option<usize>) {
    (message.to_owned(), Some(line))
}

#[test]
fn the_five_hooks_by_name_or_arn_in_any_case_are_right() {
    for hooks in [
        &["Hooks:", "- BeforeInstall: a", "- AfterInstall: b_1", "- AfterAllowTestTraffic: c-2"][..],
        &[
            "hooks:",
            "- beforeAllowTraffic: arn:aws:lambda:eu-central-1:123456789012:function:c:$LATEST",
        ],
        &["Hooks:", "  AfterAllowTraffic: checks"],
        &["Hooks: []"],
        &["Hooks:"],
        &["Hooks:", "- AfterAllowTraffic: prüfung"],
    ] {
        assert_eq!(warned(hooks), [], "{hooks:?}");
    }
}

#[test]
fn hooks_of_servers_are_no_hooks_of_ecs_and_scripts_are_no_functions() {
    let hooks = [
        "Hooks:",
        "  - BeforeInstall: \"scripts/before_install.sh\"",
        "  - ApplicationStart: \"scripts/start.sh\"",
        "  - ValidateService: \"scripts/validate.sh\"",
    ];
    let no_function = "the hook `BeforeInstall` names no Lambda function: a name has letters, digits, hyphens and underscores";
    let of_servers = |name: &str| {
        format!(
            "`{name}` is not a hook of a deployment to ECS, but one for servers, so its function never runs"
        )
    };
    assert_eq!(
        warned(&hooks),
        [
            told(no_function, 9),
            told(&of_servers("ApplicationStart"), 10),
            told(&of_servers("ValidateService"), 11)
        ]
    );
}

#[test]
fn misspelt_hooks_and_hooks_without_a_function_are_told() {
    let misspelt = "`AfterInstal` is not a hook of a deployment to ECS, so its function never runs";
    let own_step =
        "`AllowTraffic` is not a hook of a deployment to ECS, so its function never runs";
    let nothing = "the hook `AfterInstall` names no Lambda function";
    for (hook, expected) in [
        ("- AfterInstal: checks", misspelt),
        ("- AllowTraffic: checks", own_step),
        ("- AfterInstall:", nothing),
        ("- AfterInstall: \"\"", nothing),
        ("- AfterInstall: 7", nothing),
        ("- AfterInstall: [{location: scripts/a.sh, timeout: 300}]", nothing),
        ("- checks", "an entry of `Hooks` is not a hook"),
    ] {
        assert_eq!(warned(&["Hooks:", hook]), [told(expected, 9)], "{hook}");
    }
    assert_eq!(warned(&["Hooks: checks"]), [told("`Hooks` is not a list of hooks", 8)]);
}

#[test]
fn misspelt_sections_and_those_of_servers_are_told() {
    let hook = "`Hook` is not a section of an AppSpec for ECS";
    assert_eq!(warned(&["Hook:", "- AfterInstall: checks"]), [told(hook, 8)]);
    let files = "`files` is not a section of an AppSpec for ECS, but one for servers";
    assert_eq!(warned(&["files: []"]), [told(files, 8)]);
}

#[test]
fn what_codedeploy_has_on_record_is_not_warned_of() {
    let text = "version: 0.0\nResources:\n- A: {Type: AWS::ECS::Service, Properties: {}}\nHooks: [{ApplicationStart: a}]";
    let revision = AppSpec::from_revision(text).expect("an AppSpec");
    assert_eq!(revision.warnings(), []);
}
