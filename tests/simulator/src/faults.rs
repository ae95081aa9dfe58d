//! Faults on demand: throttling, lost answers, denied permissions.

use std::time::Duration;

use bytes::Bytes;

use crate::clock::{LEAD, Time};
use crate::site::Outcome;
use crate::wire::{Answer, AwsError, Service};
use crate::world::ACCOUNT;

/// Which calls of an operation are hit, counted from when the fault was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Only the n-th, counted from 1.
    Nth(u32),
    Times(u32),
    /// Every call from the n-th on, counted from 1.
    FromNth(u32),
    Always,
    /// Every one from this long after the simulator was made.
    From(Duration),
    /// Every one in this time after the simulator was made.
    Between(Duration, Duration),
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// `ThrottlingException`, HTTP 400.
    Throttle,
    /// This HTTP status with the error body of a server fault.
    Status(u16),
    /// The operation is carried out, but the answer is this HTTP status, as when a load
    /// balancer in between gives up.
    StatusAfter(u16),
    /// HTTP 503 with a page of HTML, as a proxy or load balancer answers.
    HtmlError,
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
    /// HTTP 200 with this in place of the answer: an empty body, white space, `{}`.
    Empty {
        /// Whether the operation was carried out.
        applied: bool,
        body: &'static str,
    },
    /// `AccessDeniedException`: no policy allows the action.
    AccessDenied,
    /// `ExpiredTokenException`: the credentials are no longer valid.
    ExpiredToken,
    /// The right answer, so much later.
    Slow(Duration),
    /// This error of the service's own, HTTP 400.
    Error {
        /// Such as `ClientException`.
        code: &'static str,
        message: &'static str,
    },
}

#[derive(Debug)]
struct Planned<F> {
    operation: String,
    when: When,
    fault: F,
    seen: u32,
}

/// Every fault that was asked for, in that order.
#[derive(Debug)]
pub(crate) struct Faults<F = Fault>(Vec<Planned<F>>);

impl<F> Default for Faults<F> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<F: Clone> Faults<F> {
    pub(crate) fn add(&mut self, operation: &str, when: When, fault: F) {
        self.0.push(Planned { operation: operation.to_owned(), when, fault, seen: 0 });
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault that hits this call. Every fault for the operation counts it;
    /// the first one that applies wins.
    pub(crate) fn strike(&mut self, operation: &str, now: Time) -> Option<F> {
        let mut hit = None;
        for planned in &mut self.0 {
            if planned.operation != operation && planned.operation != "*" {
                continue;
            }
            planned.seen += 1;
            let applies = match planned.when {
                When::Nth(n) => planned.seen == n,
                When::Times(n) => planned.seen <= n,
                When::FromNth(n) => planned.seen >= n,
                When::Always => true,
                When::From(start) => now >= LEAD + start,
                When::Between(start, end) => now >= LEAD + start && now < LEAD + end,
            };
            if applies && hit.is_none() {
                hit = Some(planned.fault.clone());
            }
        }
        hit
    }
}

impl Fault {
    /// Whether the operation is carried out all the same.
    pub(crate) fn applies(&self) -> bool {
        match self {
            Self::Reset { applied } | Self::Timeout { applied } | Self::Empty { applied, .. } => {
                *applied
            }
            Self::Slow(_) | Self::StatusAfter(_) => true,
            _ => false,
        }
    }
}

/// The outcome of a request that this fault hits; `real` is the answer of an operation that
/// was carried out.
pub(crate) fn outcome(
    fault: Option<&Fault>,
    real: Option<Answer>,
    service: Service,
    operation: &str,
) -> Outcome<Answer> {
    let error = match fault {
        None | Some(Fault::Slow(_)) => return real.map_or(Outcome::Silence, Outcome::Answer),
        Some(Fault::Reset { .. }) => return Outcome::Reset,
        Some(Fault::Timeout { .. }) => return Outcome::Silence,
        Some(Fault::Empty { body, .. }) => return Outcome::Answer(empty(service, body)),
        Some(Fault::HtmlError) => {
            let page = b"<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>";
            let page = Bytes::from_static(page);
            return Outcome::Answer(Answer::plain(503, "text/html", page));
        }
        Some(Fault::Throttle) => AwsError::new("ThrottlingException", "Rate exceeded"),
        Some(Fault::Status(status) | Fault::StatusAfter(status)) => server_fault(*status),
        Some(Fault::AccessDenied) => access_denied(service, operation),
        Some(Fault::ExpiredToken) => AwsError::new(
            "ExpiredTokenException",
            "The security token included in the request is expired",
        ),
        Some(Fault::Error { code, message }) => AwsError::new(code, *message),
    };
    Outcome::Answer(error.answer(service))
}

/// A body that says nothing.
fn empty(service: Service, body: &'static str) -> Answer {
    let content_type = match service.query_namespace() {
        Some(_) => "text/xml",
        None => "application/x-amz-json-1.1",
    };
    Answer::plain(200, content_type, Bytes::from_static(body.as_bytes()))
}

/// AWS's own error for a status of 500 or more.
fn server_fault(status: u16) -> AwsError {
    AwsError {
        status,
        code: if status == 503 { "ServiceUnavailableException" } else { "ServerException" },
        message: "Service Unavailable. Please try again later.".to_owned(),
    }
}

fn access_denied(service: Service, operation: &str) -> AwsError {
    let action = format!("{}:{operation}", service.prefix());
    AwsError::new(
        "AccessDeniedException",
        format!(
            "User: arn:aws:sts::{ACCOUNT}:assumed-role/deployer/session is not authorized to \
             perform: {action} on resource: * because no identity-based policy allows the \
             {action} action"
        ),
    )
}
