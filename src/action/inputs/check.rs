//! What the new version has to answer: the inputs `check-…`.

use std::ops::RangeInclusive;
use std::time::Duration;

use http::HeaderName;

use super::grammar;
use super::reader::Reader;
use crate::problem::Problem;
use crate::request::{Check, Command};
use crate::url::Url;

/// Right answers in a row unless `check-count` says otherwise.
const COUNT: u32 = 3;
/// `check-timeout` where the input is empty.
const WITHIN: Duration = Duration::from_secs(2 * 60);
/// Characters of a text that is looked for.
const LONGEST_TEXT: usize = 500;

/// `None` also for a command that deploys nothing.
pub(super) fn read(inputs: &mut Reader<'_>, command: Command) -> Option<Check> {
    let status = inputs.with("check-status", statuses);
    let body = inputs.with("check-body", |text| grammar::at_most(LONGEST_TEXT, text));
    let header = inputs.with("check-header", header);
    let count = inputs.number("check-count", 1..=100).unwrap_or(COUNT);
    let timeout = inputs.with("check-timeout", grammar::duration).unwrap_or(WITHIN);
    let on_rollback = inputs.boolean("check-on-rollback", false);
    let url = inputs.with("check-url", Url::parse)?;
    if timeout <= Check::BETWEEN * count {
        let timeout = humantime::format_duration(timeout);
        inputs.note(
            Problem::new(format!(
                "{} must be longer than {timeout} for {count} right answers in a row",
                inputs.subject("check-timeout")
            ))
            .hint(
                "the address is requested about once a second (`check-count` sets how many right answers are needed)",
            ),
        );
    }
    let status = status.unwrap_or_else(|| vec![200..=200]);
    let is_asked_for = match command {
        Command::Deploy => true,
        Command::Rollback => on_rollback,
        Command::Continue
        | Command::Stop
        | Command::Run
        | Command::Register
        | Command::Drill
        | Command::Verify
        | Command::List
        | Command::Page
        | Command::Plan
        | Command::Status => false,
    };
    is_asked_for.then_some(Check { url, status, body, header, count, timeout })
}

/// `200`, `200-299`, or several of them with a comma between.
fn statuses(text: &str) -> Result<Vec<RangeInclusive<u16>>, Problem> {
    let one = |text: &str| {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let code = |text: &str| text.trim().parse().ok().filter(|it| (100..=599).contains(it));
        let range = code(first)?..=code(last)?;
        (!range.is_empty()).then_some(range)
    };
    let all: Option<Vec<_>> = text.split(',').map(one).collect();
    all.ok_or_else(|| {
        Problem::new(format!("{text:?} is not a status (like 200, 200-299 or 200, 204)"))
    })
}

fn header(text: &str) -> Result<(HeaderName, String), Problem> {
    let named = || {
        let (name, text) = text.split_once(':')?;
        let text = Some(text.trim()).filter(|it| !it.is_empty())?;
        Some((name.trim().parse().ok()?, text))
    };
    let Some((name, text)) = named() else {
        let message = format!("{text:?} is not a header (like X-Version: {{version}})");
        return Err(Problem::new(message));
    };
    Ok((name, grammar::at_most(LONGEST_TEXT, text)?))
}
