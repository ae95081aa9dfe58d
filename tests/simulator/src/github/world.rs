//! The whole simulated GitHub: one state, asked through [`World::receive`].

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use crate::clock::{Calendar, Time, since_made};
use crate::faults::Faults;
use crate::github::access::{Author, Grants, Tokens};
use crate::github::answers;
use crate::github::faults::{self, Fault};
use crate::github::history::History;
use crate::github::links::Links;
use crate::github::operation::{Operation, route};
use crate::github::record::Recorded;
use crate::github::state::State;
use crate::github::wire::{Answer, Incoming, Refusal};
use crate::site::Outcome;

/// How many requests a token has in an hour: 1,000 for a job's, 5,000 for a
/// person's. They are counted down in the answers, and never refused: for that
/// there is [`Fault::RateLimit`].
const HOURLY: [u64; 2] = [1000, 5000];

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) now: Time,
    pub(crate) calendar: Calendar,
    pub(crate) latency: Duration,
    /// Whether a token that may not read contents learns nothing at all.
    pub(crate) hidden: bool,
    pub(crate) tokens: Tokens,
    pub(crate) history: History,
    pub(crate) state: State,
    pub(crate) faults: Faults<Fault>,
    pub(crate) records: Vec<Recorded>,
    pub(crate) asked: u64,
}

/// A request that found its operation and may do it.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) incoming: &'a Incoming,
    /// What stands for the placeholder in the path, decoded.
    pub(crate) argument: String,
    pub(crate) author: Author,
    pub(crate) links: Links,
}

impl World {
    pub(crate) fn new(now: Time, calendar: Calendar) -> Self {
        Self {
            now,
            calendar,
            latency: Duration::ZERO,
            hidden: true,
            tokens: Tokens::default(),
            history: History::default(),
            state: State::default(),
            faults: Faults::default(),
            records: Vec::new(),
            asked: 0,
        }
    }

    pub(crate) fn date(&self, time: Time) -> Value {
        self.calendar.date(time).into()
    }

    /// The outcome of a request, and the delay before it.
    pub(crate) fn receive(&mut self, incoming: &Incoming) -> (Duration, Outcome<Answer>) {
        self.asked += 1;
        let routed = route(&incoming.method, &incoming.path);
        let operation = routed.as_ref().map(|(operation, _)| *operation);
        let name = operation.map_or("", Operation::id);
        let fault = self.faults.strike(name, self.now);
        let applies = fault.as_ref().is_none_or(Fault::applies);
        let real = applies.then(|| self.carry_out(incoming, routed));
        let carried_out = real.as_ref().is_some_and(|answer| answer.status < 300);
        let moment = (self.calendar, self.now);
        let outcome = faults::outcome(fault.as_ref(), real, operation, moment);
        let outcome = outcome.map(|answer| self.with_headers(incoming, answer));
        self.record(incoming, name, fault.clone(), outcome.answer(), carried_out);
        let slow = match fault {
            Some(Fault::Slow(delay)) => delay,
            _ => Duration::ZERO,
        };
        (self.latency + slow, outcome)
    }

    fn record(
        &mut self,
        incoming: &Incoming,
        operation: &'static str,
        fault: Option<Fault>,
        answer: Option<&Answer>,
        carried_out: bool,
    ) {
        self.records.push(Recorded {
            at: since_made(self.now),
            operation,
            method: incoming.method.clone(),
            path: incoming.path.clone(),
            query: incoming.query.clone(),
            api_version: incoming.header("x-github-api-version").map(str::to_owned),
            content_type: incoming.header("content-type").map(str::to_owned),
            body: serde_json::from_slice(&incoming.body).unwrap_or_default(),
            fault,
            status: answer.map(|answer| answer.status),
            answer: answer.map(|answer| answer.body.clone()).unwrap_or_default(),
            carried_out,
        });
    }

    fn carry_out(&mut self, incoming: &Incoming, routed: Option<(Operation, String)>) -> Answer {
        if incoming.header("user-agent").is_none() {
            let told = "Request forbidden by administrative rules. Please make sure your request \
                has a User-Agent header (https://docs.github.com/en/rest/overview/\
                resources-in-the-rest-api#user-agent-required).";
            return Answer::typed(403, "text/plain", Bytes::from_static(told.as_bytes()));
        }
        let operation = routed.as_ref().map(|(operation, _)| *operation);
        self.permitted(incoming, routed)
            .and_then(|(operation, call)| answers::answer(self, operation, &call))
            .unwrap_or_else(|refusal| refusal.answer(operation))
    }

    fn permitted<'a>(
        &self,
        incoming: &'a Incoming,
        routed: Option<(Operation, String)>,
    ) -> Result<(Operation, Call<'a>), Refusal> {
        let grants = self.grants(incoming).ok_or_else(Refusal::bad_credentials)?;
        let (operation, argument) = routed.ok_or_else(Refusal::not_found)?;
        operation.permitted(grants, self.hidden)?;
        if !incoming.takes_json() {
            let accept = incoming.header("accept").unwrap_or_default();
            return Err(Refusal::new(
                415,
                format!("Unsupported 'Accept' header: '{accept}'. Must accept 'application/json'."),
            ));
        }
        let author = grants.author.clone();
        Ok((operation, Call { incoming, argument, author, links: Links::new(&incoming.api) }))
    }

    pub(crate) fn grants(&self, incoming: &Incoming) -> Option<&Grants> {
        self.tokens.get(incoming.token()?)
    }

    /// What every answer of the API says, unless it says otherwise.
    fn with_headers(&self, incoming: &Incoming, answer: Answer) -> Answer {
        let answer = answer.with("date", self.calendar.http_date(self.now));
        let Some(grants) = self.grants(incoming) else { return answer };
        let has = |name: &str| answer.headers.iter().any(|(header, _)| *header == name);
        if has("x-ratelimit-limit") || answer.status >= 500 {
            return answer;
        }
        let limit = HOURLY[usize::from(grants.is_person())];
        let hour_ends = (self.calendar.seconds(self.now) / 3600 + 1) * 3600;
        answer
            .with("x-ratelimit-limit", limit)
            .with("x-ratelimit-remaining", limit.saturating_sub(self.asked))
            .with("x-ratelimit-used", self.asked)
            .with("x-ratelimit-reset", hour_ends)
            .with("x-ratelimit-resource", "core")
            .with("x-github-request-id", format!("0000:{:06}", self.asked))
            .with("x-github-media-type", "github.v3; format=json")
    }
}
