//! Faults on demand, in the words of GitHub and of the proxies in front of it.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::clock::{Calendar, Time};
use crate::github::operation::Operation;
use crate::github::wire::{Answer, Refusal};
use crate::site::Outcome;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// 401 "Bad credentials": the token has expired.
    BadCredentials,
    /// 403 "Resource not accessible by integration": the token may not do it.
    NotAccessible,
    /// 403: the requests of the hour are spent, and new ones come so much later.
    RateLimit {
        /// What `x-ratelimit-reset` says, from now on.
        reset: Duration,
    },
    /// The secondary limit: too many requests at once, or too much content.
    SecondaryRateLimit {
        /// 403 or 429.
        status: u16,
        /// What `retry-after` says.
        retry_after: Duration,
    },
    /// 404 "Not Found".
    NotFound,
    /// 409 "Conflict".
    Conflict,
    /// 422 "Validation Failed" with these `errors`.
    Unprocessable(Value),
    /// 502 with a page of HTML.
    BadGateway {
        /// Whether the operation was carried out before.
        applied: bool,
    },
    /// This HTTP status of 500 or more, and JSON.
    Status(u16),
    /// The connection breaks instead of an answer.
    Reset {
        /// Whether the operation was carried out before.
        applied: bool,
    },
    /// No answer ever comes.
    Timeout {
        /// Whether the operation was carried out.
        applied: bool,
    },
    /// The right answer, so much later.
    Slow(Duration),
    /// The operation is carried out; its answer breaks off in the middle.
    Garbage,
}

impl Fault {
    /// Whether the operation is carried out all the same.
    pub(crate) fn applies(&self) -> bool {
        match self {
            Self::BadGateway { applied } | Self::Reset { applied } | Self::Timeout { applied } => {
                *applied
            }
            Self::Slow(_) | Self::Garbage => true,
            _ => false,
        }
    }
}

/// The outcome of a request that this fault hits; `real` is the answer of an operation that
/// was carried out.
pub(crate) fn outcome(
    fault: Option<&Fault>,
    real: Option<Answer>,
    operation: Option<Operation>,
    (calendar, now): (Calendar, Time),
) -> Outcome<Answer> {
    let refusal = match fault {
        None | Some(Fault::Slow(_)) => return real.map_or(Outcome::Silence, Outcome::Answer),
        Some(Fault::Reset { .. }) => return Outcome::Reset,
        Some(Fault::Timeout { .. }) => return Outcome::Silence,
        Some(Fault::Garbage) => {
            return real.map(broken_off).map_or(Outcome::Silence, Outcome::Answer);
        }
        Some(Fault::RateLimit { reset }) => {
            return Outcome::Answer(primary(calendar.seconds(now + *reset)));
        }
        Some(Fault::SecondaryRateLimit { status, retry_after }) => {
            let answer = secondary(*status).with("retry-after", retry_after.as_secs());
            return Outcome::Answer(answer);
        }
        Some(Fault::BadGateway { .. }) => return Outcome::Answer(bad_gateway()),
        Some(Fault::BadCredentials) => Refusal::bad_credentials(),
        Some(Fault::NotAccessible) => Refusal::not_accessible(),
        Some(Fault::NotFound) => Refusal::not_found(),
        Some(Fault::Conflict) => Refusal::new(409, "Conflict"),
        Some(Fault::Unprocessable(errors)) => {
            Refusal { errors: Some(errors.clone()), ..Refusal::new(422, "Validation Failed") }
        }
        Some(Fault::Status(status)) => Refusal::new(*status, "Server Error"),
    };
    Outcome::Answer(refusal.answer(operation))
}

fn broken_off(answer: Answer) -> Answer {
    let half = answer.body.slice(..answer.body.len() / 2);
    Answer { body: half, ..answer }
}

fn limits(status: u16, message: &str, page: &str) -> Answer {
    let page = format!("https://docs.github.com/{page}");
    let status_word = status.to_string();
    let body = json!({ "message": message, "documentation_url": page, "status": status_word });
    Answer::json(status, &body)
}

fn primary(reset: u64) -> Answer {
    let message = "API rate limit exceeded for installation ID 12345. If you reach out to GitHub \
        Support for help, please include the request ID 0000:000000:000:000:00000000.";
    let page = "rest/overview/rate-limits-for-the-rest-api";
    limits(403, message, page)
        .with("x-ratelimit-limit", 1000)
        .with("x-ratelimit-remaining", 0)
        .with("x-ratelimit-used", 1000)
        .with("x-ratelimit-reset", reset)
        .with("x-ratelimit-resource", "core")
}

fn secondary(status: u16) -> Answer {
    let message = "You have exceeded a secondary rate limit. Please wait a few minutes before \
        you try again. For more on scraping GitHub and how it may affect your rights, please \
        review our Terms of Service (https://docs.github.com/en/site-policy/github-terms/\
        github-terms-of-service)";
    let page = "free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api\
        #about-secondary-rate-limits";
    limits(status, message, page)
}

fn bad_gateway() -> Answer {
    let page = b"<html>\n<head><title>502 Bad Gateway</title></head>\n<body>\n\
        <center><h1>502 Bad Gateway</h1></center>\n</body>\n</html>\n";
    Answer::typed(502, "text/html", Bytes::from_static(page))
}
