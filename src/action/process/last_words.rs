//! What is reported if the program itself fails. An unexpected fault must not hide what is
//! known: what had been written by then.
//!
//! The release aborts on a panic; a hook still runs. It speaks through a [`Reporter`] of its
//! own, because the panic may have come while another one was speaking.

use std::panic::{Location, PanicHookInfo};

use crate::deploy::apply::Written;
use crate::problem::Problem;
use crate::report::{Outcome, broken_off};
use crate::reporter::{OutputName, Reporter};
use crate::text::one_line;

/// Ends the process on the first panic, after saying what is known. Only then, the steps
/// after this one are not left without a `result`.
pub fn on_panic(reporter: impl Reporter + 'static, written: Written) {
    std::panic::set_hook(Box::new(move |panic| {
        say(panic, &written, &reporter);
        #[allow(clippy::exit, reason = "the alternative is an abort, which says less")]
        std::process::exit(i32::from(Outcome::Failed.exit_code()));
    }));
}

fn say(panic: &PanicHookInfo<'_>, written: &Written, reporter: &dyn Reporter) {
    // A formatted message may contain a value; a literal in the code can't.
    let message = panic.payload().downcast_ref::<&'static str>().copied();
    let written = written.lines();
    let problem = problem(message, panic.location(), written.as_deref());
    reporter.error(&problem);
    reporter.output(OutputName::Result, Outcome::Failed.as_str());
    reporter.output(OutputName::FailureReason, &problem.message);
    if written.as_ref().is_none_or(|lines| !lines.is_empty()) {
        // It was set before the first write.
        reporter.output(OutputName::RunningVersion, "");
    }
    reporter.summary(&broken_off(&problem));
}

fn problem(
    message: Option<&str>,
    place: Option<&Location<'_>>,
    written: Option<&[String]>,
) -> Problem {
    let place = place.map(|it| format!(" at {}:{}", in_short(it.file()), it.line()));
    let message = message.map(|it| format!(": {}", one_line(it)));
    let fault = format!(
        "ecs-release {} itself failed{}{}",
        env!("CARGO_PKG_VERSION"),
        place.unwrap_or_default(),
        message.unwrap_or_default()
    );
    let (by_then, next) = match written {
        Some([]) => ("nothing had been written by then".to_owned(), "Nothing was changed."),
        Some(lines) => (
            format!("by then {}", lines.join("; ")),
            "The outcome is not known: look at the service in the console, then run the step again.",
        ),
        None => (
            "it is not known what had been written by then".to_owned(),
            "Look at the service in the console, then run the step again.",
        ),
    };
    Problem::new(format!("{fault}; {by_then}"))
        .hint(format!("{next} Please report this bug with this message."))
}

/// The path of a source without the folders of the machine that it was built on.
fn in_short(file: &str) -> String {
    let parts: Vec<&str> = file.split(['/', '\\']).collect();
    let from = parts.iter().rposition(|part| *part == "src").unwrap_or_default().saturating_sub(1);
    parts[from..].join("/")
}
