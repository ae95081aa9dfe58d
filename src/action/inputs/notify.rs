//! Whom to tell of the run: the inputs `notify-…`.

use super::grammar;
use super::reader::Reader;
use crate::action::environment::Environment;
use crate::problem::Problem;
use crate::report::Outcome;
use crate::request::{Command, Notify};
use crate::url::Url;

const ADDRESS: &str = "notify-url";

/// How a deployment or a rollback ends.
const ENDS: [Outcome; 17] = [
    Outcome::Deployed,
    Outcome::RolledBack,
    Outcome::Ran,
    Outcome::Registered,
    Outcome::Reached,
    Outcome::Started,
    Outcome::Unchanged,
    Outcome::Planned,
    Outcome::Held,
    Outcome::Undone,
    Outcome::UndoFailed,
    Outcome::Failed,
    Outcome::Unknown,
    Outcome::Superseded,
    Outcome::TimedOut,
    Outcome::Cancelled,
    Outcome::Refused,
];

/// What no log may show, one line each: an address that is wrong may be a right one with a
/// space in it.
pub fn secrets(environment: &Environment) -> impl Iterator<Item = &str> {
    let address = environment.input(ADDRESS).ok().flatten().unwrap_or_default();
    address.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// `None` also for a command that tells nobody.
pub(super) fn read(inputs: &mut Reader<'_>, command: Command) -> Option<Notify> {
    let words: Vec<(&str, &'static str)> = ["success", "failure"]
        .into_iter()
        .chain(ENDS.map(Outcome::as_str))
        .map(|it| (it, it))
        .collect();
    let on = inputs.names("notify-on", |line| grammar::choice(&words, line), |word| word);
    let at_start = inputs.boolean("notify-start", false);
    let url = match address(inputs.trimmed(ADDRESS)?) {
        Ok(url) => url,
        Err(problem) => return inputs.refuse(inputs.about(ADDRESS, None, problem)),
    };
    match command {
        Command::Deploy
        | Command::Rollback
        | Command::Continue
        | Command::Stop
        | Command::Run
        | Command::Register => Some(Notify { url, on, at_start }),
        Command::Drill
        | Command::Verify
        | Command::List
        | Command::Page
        | Command::Plan
        | Command::Status => None,
    }
}

/// What is sent there is nobody else's business.
fn address(text: &str) -> Result<Url, Problem> {
    let url = Url::parse(text).map_err(|problem| Problem {
        message: format!("{}; the value is not shown", problem.message),
        ..problem
    })?;
    if url.is_https() || url.is_loopback() {
        return Ok(url);
    }
    Err(Problem::new("it does not begin with https:// (the value is not shown)")
        .hint("http:// is accepted only for an address on this machine"))
}
