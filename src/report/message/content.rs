//! The lines and fields of a message, whatever shape they get.

use std::cmp::Reverse;

use serde_json::Value;

use crate::plan::VersionInfo;
use crate::problem::Problem;
use crate::report::accounts::without_accounts;
use crate::report::app::{AppReport, Subject};
use crate::report::json::about;
use crate::report::markdown::line;
use crate::report::object::object;
use crate::report::summary::{heading, mark};
use crate::reporter::OutputName;
use crate::request::{Command, Request, Target};
use crate::url::Url;

/// Characters of a line.
const LONGEST_LINE: usize = 300;
/// Of more services only the worst are named.
const MOST_SERVICES: usize = 15;

/// Outputs that hold an account.
const LEFT_OUT: [OutputName; 4] = [
    OutputName::Image,
    OutputName::TaskDefinitionArn,
    OutputName::PreviousTaskDefinitionArn,
    OutputName::ServiceDeploymentArn,
];

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Message {
    /// What has happened, then the rest, for people.
    pub(super) lines: Vec<String>,
    /// The page of the run.
    pub(super) run: Option<String>,
    /// The same for programs.
    pub(super) fields: Vec<(&'static str, Option<Value>)>,
}

impl Message {
    /// That the first write is about to be made.
    pub(crate) fn at_start(request: &Request, apps: &[AppReport]) -> Self {
        let is_rollback = request.command == Command::Rollback;
        let mut lines = match apps {
            [app] => vec![beginning(app)],
            several if is_rollback => {
                vec![format!("▶️ {} services are being rolled back", several.len())]
            }
            several => vec![format!("▶️ {} services are being deployed", several.len())],
        };
        match apps {
            [app] => lines.extend(place(app)),
            several => listed(&mut lines, several.iter(), beginning),
        }
        Self::of(request, apps, lines, Moment::Start)
    }

    /// How it ended.
    pub(crate) fn at_end(request: &Request, apps: &[AppReport]) -> Self {
        let mut lines = vec![heading(apps)];
        if let [app] = apps {
            let problem = app.failure.problem.as_ref();
            lines.extend(place(app));
            lines.extend(problem.map(|it| format!("Why: {}", it.message)));
            lines.extend(next(app).map(|it| format!("Next: {it}")));
            lines.extend(app.failure.undo.as_ref().map(|it| format!("Undo: {it}")));
        } else {
            let mut worst_first: Vec<&AppReport> = apps.iter().collect();
            worst_first.sort_by_key(|app| Reverse(app.outcome));
            listed(&mut lines, worst_first.into_iter(), ending);
        }
        Self::of(request, apps, lines, Moment::End)
    }

    fn of(request: &Request, apps: &[AppReport], mut lines: Vec<String>, moment: Moment) -> Self {
        let workflow = request.workflow.as_ref();
        let by = workflow.and_then(|it| it.actor.as_deref());
        let run = workflow.and_then(|it| Url::parse(&it.run_page()).ok());
        let run = run.map(|it| it.uri().to_string());
        let reason = request.reason.as_deref();
        lines.extend(by.map(|by| format!("By: {by}")));
        lines.extend(reason.map(|reason| format!("Reason: {reason}")));
        // Cut short, a word may look like an account that it was not.
        let short = |text: &str| line(&without_accounts(text, apps), LONGEST_LINE);
        let shown = |text: &String| unmentioning(&without_accounts(&short(text), apps));
        let report = apps.iter().map(|app| report(app, moment)).collect();
        let fields = [
            ("event", Some(moment.word().into())),
            ("result", result(apps, moment)),
            ("by", by.map(Value::from)),
            ("reason", reason.map(Value::from)),
            ("report", Some(report)),
        ];
        let fields = fields.map(|(name, value)| (name, value.map(|it| masked(it, apps))));
        Self { lines: lines.iter().map(shown).collect(), run, fields: fields.to_vec() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Start,
    End,
}

impl Moment {
    fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
        }
    }
}

/// The output `result`.
fn result(apps: &[AppReport], moment: Moment) -> Option<Value> {
    let worst = apps.iter().map(|app| app.outcome).max()?;
    (moment == Moment::End).then(|| worst.as_str().into())
}

fn beginning(app: &AppReport) -> String {
    let (service, versions) = (app.asked.subject.name(), &app.versions);
    let name = |side: &Option<VersionInfo>| side.as_ref().map(VersionInfo::name);
    let to = name(&versions.to).unwrap_or_else(|| "another version".to_owned());
    let now = name(&versions.from).filter(|from| *from != to);
    let now = now.map_or_else(String::new, |from| format!(" (now: {from})"));
    if let Subject::Family { name, .. } = &app.asked.subject {
        return format!("▶️ {to} is being registered for {name}{now}");
    }
    match app.asked.is_rollback {
        true => format!("▶️ {service} is being rolled back to {to}{now}"),
        false => format!("▶️ {to} is being deployed to {service}{now}"),
    }
}

fn ending(app: &AppReport) -> String {
    let headline = format!("{} {}", mark(app).sign(), app.headline());
    match &app.failure.problem {
        Some(problem) => format!("{headline}: {}", problem.in_one_line()),
        None => headline,
    }
}

/// The next move, or that of what was found first.
fn next(app: &AppReport) -> Option<&str> {
    let found = app.failure.problem.iter().chain(&app.failure.findings);
    found.filter_map(|problem: &Problem| problem.hint.as_deref()).next()
}

/// Which service or family, and from which version to which.
fn place(app: &AppReport) -> Option<String> {
    let mut place = match &app.asked.subject {
        Subject::Service(Target { region, cluster, service }) => {
            format!("service {service} in cluster {cluster}, {region}")
        }
        Subject::Family { name, region, account: _ } => format!("task definition {name}, {region}"),
        Subject::Image { .. } => return None,
    };
    if let (Some(from), Some(to)) = (&app.versions.from, &app.versions.to) {
        place += &format!(": {} → {}", from.name(), to.name());
    }
    Some(place)
}

fn listed<'a>(
    lines: &mut Vec<String>,
    apps: impl ExactSizeIterator<Item = &'a AppReport>,
    one: fn(&AppReport) -> String,
) {
    let more = apps.len().saturating_sub(MOST_SERVICES);
    lines.extend(apps.take(MOST_SERVICES).map(one));
    if more > 0 {
        lines.push(format!("… and {more} more"));
    }
}

/// One service by the names of the outputs.
fn report(app: &AppReport, moment: Moment) -> Value {
    let is_told = |name: OutputName| {
        let is_of_end = matches!(name, OutputName::Result | OutputName::DurationSeconds);
        let is_early = is_of_end && moment == Moment::Start;
        !LEFT_OUT.contains(&name) && !is_early
    };
    let values = app.values().into_iter().filter(|(name, _)| is_told(*name));
    let values = values.map(|(name, value)| (name.as_str(), Some(value)));
    let rest = [
        ("next", next(app).map(Value::from)),
        ("undo", app.failure.undo.as_deref().map(Value::from)),
    ];
    object(about(app).chain(values).chain(rest))
}

/// `value` without ids of accounts.
fn masked(value: Value, apps: &[AppReport]) -> Value {
    match value {
        Value::String(text) => without_accounts(&text, apps).into(),
        Value::Array(items) => items.into_iter().map(|item| masked(item, apps)).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, masked(value, apps))).collect()
        }
        other => other,
    }
}

/// `text` that mentions nobody: chats look for names behind these two. What comes between has
/// no width.
fn unmentioning(text: &str) -> String {
    text.replace('@', "@\u{200b}").replace('<', "<\u{200b}")
}
