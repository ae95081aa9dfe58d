//! What the text of an input means, where no type of a lower room knows it.
//!
//! Pure functions from a trimmed text to a value, or to a problem that shows
//! the text and what is accepted; only an assignment's text is never shown.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use crate::ecs::{is_family_and_revision, is_task_definition_arn};
use crate::image::{ImageReference, RegistryKind};
use crate::names::{AccountId, ContainerName};
use crate::problem::Problem;
use crate::request::{Assignment, Stage, TaskDefinitionSource, WaitUntil};
use crate::text::meant;
use crate::version::tag_of_reference;

/// The limits of a duration. Below a second nothing can be watched; a day is
/// longer than the credentials of a workflow last.
const DURATIONS: RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_secs(24 * 60 * 60);

/// One of the given words, spelled exactly so.
pub(super) fn choice<T: Copy>(accepted: &[(&str, T)], text: &str) -> Result<T, Problem> {
    let words: Vec<_> = accepted.iter().map(|(word, _)| *word).collect();
    let chosen = accepted.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    chosen.ok_or_else(|| {
        let one_of = if words.len() > 1 { "one of " } else { "" };
        not_accepted(text, &words, &format!("{one_of}{}", words.join(", ")))
    })
}

/// When the wait is over; a stage is also taken as AWS spells it.
pub(super) fn wait_until(text: &str) -> Result<WaitUntil, Problem> {
    let stages = Stage::ALL.into_iter().map(WaitUntil::Stage);
    let all = [WaitUntil::Done, WaitUntil::Traffic, WaitUntil::Paused].into_iter().chain(stages);
    let words: Vec<(String, WaitUntil)> = all.map(|it| (it.to_string(), it)).collect();
    let words: Vec<(&str, WaitUntil)> =
        words.iter().map(|(word, it)| (word.as_str(), *it)).collect();
    Stage::of(text).map_or_else(|| choice(&words, text), |stage| Ok(WaitUntil::Stage(stage)))
}

/// A boolean of the YAML 1.2 core schema, as `getBooleanInput` of
/// actions/toolkit takes it.
pub(super) fn boolean(text: &str) -> Result<bool, Problem> {
    match text {
        "true" | "True" | "TRUE" => Ok(true),
        "false" | "False" | "FALSE" => Ok(false),
        _ => Err(not_accepted(text, &["true", "false"], "true or false")),
    }
}

fn not_accepted(text: &str, words: &[&str], accepted: &str) -> Problem {
    let problem = Problem::new(format!("{text:?} is not accepted; use {accepted}"));
    match meant(text, words.iter().copied()) {
        Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
        None => problem,
    }
}

/// A command as a JSON list of texts, the first of which is the program.
pub(super) fn words(text: &str) -> Result<Vec<String>, Problem> {
    let problem = |what: &str| {
        let first = text.lines().next().unwrap_or_default();
        let shell = serde_json::Value::from(["sh", "-c", first].as_slice());
        let problem = Problem::new(format!("{what}, such as [\"npm\", \"run\", \"migrate\"]"));
        match text.starts_with(['[', '{']) {
            true => problem,
            false => problem.hint(format!("for a shell in the image: {shell}")),
        }
    };
    // What serde says of it points into a text that is one line here and several in the file.
    let Ok(words) = serde_json::from_str::<Vec<String>>(text) else {
        return Err(problem("it is not a JSON list of strings"));
    };
    match words.first() {
        Some(program) if !program.trim().is_empty() => Ok(words),
        Some(_) | None => Err(problem("the list does not name a program")),
    }
}

/// A duration such as `90s`, `15m` or `1h 30m`.
pub(super) fn duration(text: &str) -> Result<Duration, Problem> {
    match humantime::parse_duration(text) {
        Ok(duration) if DURATIONS.contains(&duration) => Ok(duration),
        Ok(_) => Err(Problem::new(format!("{text:?} is not between 1s and 24h"))),
        // Its own errors point at a column of a text that is five long.
        Err(_) => {
            let problem = Problem::new(format!("{text:?} is not a duration (like 90s, 15m or 1h)"));
            let digits = text.bytes().all(|b| b.is_ascii_digit());
            Err(if digits { problem.hint("add the unit: s, m or h") } else { problem })
        }
    }
}

/// How long something has to have been stable; ECS keeps deployments for 90 days.
pub(super) fn stable_for(text: &str) -> Result<Duration, Problem> {
    const LONGEST: Duration = Duration::from_secs(90 * 24 * 60 * 60);
    match humantime::parse_duration(text) {
        Ok(duration) if duration <= LONGEST => Ok(duration),
        Ok(_) => Err(Problem::new(format!("{text:?} is longer than 90 days"))),
        Err(_) => Err(Problem::new(format!("{text:?} is not a duration (like 30m, 12h or 3d)"))),
    }
}

/// A revision to go back to, `family:revision`. A full image reference is often meant as
/// its tag.
pub(super) fn earlier_revision(text: &str) -> Result<String, Problem> {
    match (task_definition(text), tag_of_reference(text)) {
        (Ok(TaskDefinitionSource::Registered(name)), _) if !name.starts_with("arn:") => Ok(name),
        (_, Some(tag)) if !text.starts_with("arn:") => {
            let message = format!("{text:?} is neither a version nor a revision (like web1:42)");
            Err(Problem::new(message).hint(format!("give only its tag: {tag}")))
        }
        (Err(problem), _) => Err(problem),
        (Ok(_), _) => Err(Problem::new(format!("{text:?} is not a revision (like web1:42)"))),
    }
}

/// Digits only: `parse` alone would take `+3`.
pub(super) fn number<T>(text: &str, accepted: &RangeInclusive<T>) -> Result<T, Problem>
where
    T: FromStr + PartialOrd + std::fmt::Display,
{
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let number = text.parse().ok().filter(|number| digits && accepted.contains(number));
    number.ok_or_else(|| {
        let (least, most) = (accepted.start(), accepted.end());
        Problem::new(format!("{text:?} is not a whole number from {least} to {most}"))
    })
}

/// The folder of a package, by its spelling alone: `package` is a file or a folder.
pub(super) fn folder_of(package: &Path) -> PathBuf {
    let is_file = package.extension().is_some_and(|it| it == "json");
    let folder = if is_file { package.parent() } else { Some(package) };
    folder.map(Path::to_path_buf).unwrap_or_default()
}

pub(super) fn page(text: &str) -> Result<String, Problem> {
    let address: Option<http::Uri> = text.parse().ok();
    let is_page = address
        .is_some_and(|it| matches!(it.scheme_str(), Some("https" | "http")) && it.host().is_some());
    if is_page {
        return Ok(text.to_owned());
    }
    Err(Problem::new(format!("{text:?} is not the address of a page (like https://example.com)")))
}

/// Text of a limited length, in characters.
pub(super) fn at_most(longest: usize, text: &str) -> Result<String, Problem> {
    let length = text.chars().count();
    if length <= longest {
        return Ok(text.to_owned());
    }
    Err(Problem::new(format!("{length} characters are too many; the maximum is {longest}")))
}

/// A name. Where an ARN was given, the name that is its last part is the hint.
pub(super) fn name_not_arn<T: FromStr<Err = Problem>>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|problem: Problem| match text.rsplit_once('/') {
        Some((before, name)) if before.starts_with("arn:") && name.parse::<T>().is_ok() => {
            problem.hint(format!("give the name instead of the ARN: {name}"))
        }
        _ => problem,
    })
}

/// An account id. YAML reads digits without quotes as a number.
pub(super) fn account(text: &str) -> Result<AccountId, Problem> {
    text.parse().map_err(|problem: Problem| {
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        if digits && text.len() < 12 {
            return problem.hint("put it in quotes: YAML drops leading zeros");
        }
        problem
    })
}

/// Where the task definition comes from, told by its spelling alone, so that it
/// doesn't depend on which files happen to be there:
///
/// 1. what begins with `arn:` is the ARN of a task definition;
/// 2. what ends with `.json`, `.yml` or `.yaml`, or has a `/` in it, is a file;
/// 3. anything else is a family or `family:revision`.
pub(super) fn task_definition(text: &str) -> Result<TaskDefinitionSource, Problem> {
    let registered = || TaskDefinitionSource::Registered(text.to_owned());
    if text.starts_with("arn:") {
        return match is_task_definition_arn(text) {
            true => Ok(registered()),
            false => Err(Problem::new(format!("{text:?} is not the ARN of a task definition"))
                .hint(
                    "an ARN looks like arn:aws:ecs:REGION:ACCOUNT:task-definition/FAMILY:REVISION",
                )),
        };
    }
    let lower = text.to_ascii_lowercase();
    let is_file = text.contains('/')
        || [".json", ".yml", ".yaml"].iter().any(|ending| lower.ends_with(ending));
    if is_file {
        Ok(TaskDefinitionSource::File(PathBuf::from(text)))
    } else if is_family_and_revision(text) {
        Ok(registered())
    } else {
        let message =
            format!("{text:?} is not a file, a family, family:revision or the ARN of a revision");
        Err(Problem::new(message)
            .hint("a file has a `/` in its path or ends with .json, .yml or .yaml"))
    }
}

/// `NAME=value`; the value may be empty and may have a `=` in it.
pub(super) fn environment_variable(line: &str) -> Result<Assignment, Problem> {
    assignment(line, "one variable per line: NAME=value", NAMES, is_variable_name)
}

/// `NAME=value`, where a name may be any that Docker takes.
pub(super) fn docker_label(line: &str) -> Result<Assignment, Problem> {
    let is_name = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
    let names = "the name of a label (not empty, without white space)";
    assignment(line, "one label per line: NAME=value", names, is_name)
}

/// `NAME=valueFrom`: an ARN of Secrets Manager or the Parameter Store, or the
/// name of a parameter. What it points to is ECS's to say.
pub(super) fn secret(line: &str) -> Result<Assignment, Problem> {
    let form = "one secret per line: NAME=valueFrom";
    let assignment = assignment(line, form, NAMES, is_variable_name)?;
    if assignment.value.is_empty() {
        return Err(Problem::new(format!("`{}` has no valueFrom", assignment.name))
            .hint("after the `=`, give the ARN of a secret, or the ARN or name of a parameter"));
    }
    if assignment.value.contains(char::is_whitespace) {
        let message = format!("the valueFrom of `{}` has white space in it", assignment.name);
        return Err(Problem::new(message));
    }
    Ok(assignment)
}

/// `container=reference`. Only what is in a private ECR can be confirmed, by a tag or a digest.
pub(super) fn container_image(line: &str) -> Result<(ContainerName, ImageReference), Problem> {
    let form = "one image per line: container=reference";
    let Some((name, image)) = line.split_once('=') else {
        return Err(Problem::new(format!("{line:?} has no `=`")).hint(form));
    };
    let name = name.parse().map_err(|problem: Problem| problem.hint(form))?;
    let image: ImageReference = image.parse()?;
    if !matches!(image.registry(), RegistryKind::Ecr(_)) {
        return Err(Problem::new(format!("{image} is not in a private Amazon ECR registry")).hint(
            "only images there can be confirmed; copy it there, or leave the container unchanged",
        ));
    }
    if image.tag().is_none() && image.digest().is_none() {
        return Err(Problem::new(format!("{image} has neither a tag nor a digest"))
            .hint("use the reference that the build step prints"));
    }
    Ok((name, image))
}

const NAMES: &str = "a name (letters, digits, `_`, `.` and `-`, no digit first)";

/// A name that is none of these `names` is not shown: the line may be the rest of a value.
fn assignment(
    line: &str,
    form: &str,
    names: &str,
    is_name: fn(&str) -> bool,
) -> Result<Assignment, Problem> {
    let Some((name, value)) = line.split_once('=') else {
        return Err(Problem::new("there is no `=`").hint(form));
    };
    if !is_name(name) {
        let message = format!("the text before the `=` is not {names}");
        return Err(Problem::new(message).hint(form));
    }
    if value.contains(|c: char| c.is_control() && c != '\t') {
        return Err(Problem::new(format!("the value of `{name}` has a control character in it")));
    }
    Ok(Assignment { name: name.to_owned(), value: value.to_owned() })
}

/// Stricter than ECS, which takes anything; wide enough for names with dots and
/// hyphens, as some frameworks use them.
fn is_variable_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
}
