//! All hosts that are neither AWS nor GitHub: chats that take messages, and the addresses at
//! which apps answer. What one answers is the test's to say, at each request anew, so that
//! it can look at what runs by then.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use bytes::Bytes;
use serde_json::Value;

use crate::clock::{Clock, since_made};
use crate::loopback::{self, Server};
use crate::memory;
use crate::site::{Outcome, Site};

/// The web. Clones are handles of the same one.
#[derive(Clone)]
pub struct Web {
    clock: Clock,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    sites: Vec<(String, Answering)>,
    asked: Vec<Asked>,
}

type Answering = Arc<dyn Fn(&Asked) -> Reply + Send + Sync>;

/// One request.
#[derive(Debug, Clone)]
pub struct Asked {
    /// When it came, since the web was made.
    pub at: Duration,
    pub method: String,
    /// Over a socket with the server's address.
    pub url: String,
    pub headers: http::HeaderMap,
    pub body: Bytes,
}

/// What becomes of a request.
#[derive(Debug, Clone)]
pub enum Reply {
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: String,
    },
    /// The same, so much later.
    Late(Duration, Box<Self>),
    /// Nobody listens there.
    Refused,
    /// The host has no address.
    NoSuchHost,
    /// The connection breaks.
    Reset,
    /// Nothing ever comes.
    Silence,
}

impl Asked {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self::Answer { status, headers: Vec::new(), body: String::new() }
    }

    /// 200 with this body.
    pub fn ok(body: impl Into<String>) -> Self {
        Self::Answer { status: 200, headers: Vec::new(), body: body.into() }
    }

    /// The answer with one header more.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name, value.into()));
        }
        self
    }

    fn outcome(self) -> (Duration, Outcome) {
        match self {
            Self::Answer { status, headers, body } => {
                let mut answer = http::Response::builder().status(status);
                for (name, value) in headers {
                    answer = answer.header(name, value);
                }
                let answer = answer.body(Bytes::from(body));
                (Duration::ZERO, Outcome::Answer(answer.expect("a test gives legal headers")))
            }
            Self::Late(delay, reply) => {
                let (further, outcome) = reply.outcome();
                (delay + further, outcome)
            }
            Self::Refused => (Duration::ZERO, Outcome::Unreachable("Connection refused")),
            Self::NoSuchHost => (Duration::ZERO, Outcome::Unreachable("Name or service not known")),
            Self::Reset => (Duration::ZERO, Outcome::Reset),
            Self::Silence => (Duration::ZERO, Outcome::Silence),
        }
    }
}

impl fmt::Debug for Web {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Web")
    }
}

impl Default for Web {
    fn default() -> Self {
        Self::new()
    }
}

impl Site for Web {
    fn receive(&self, request: &http::Request<Bytes>, base: Option<&str>) -> (Duration, Outcome) {
        let asked = Asked {
            at: since_made(self.clock.now()),
            method: request.method().to_string(),
            url: format!("{}{}", base.unwrap_or_default(), request.uri()),
            headers: request.headers().clone(),
            body: request.body().clone(),
        };
        self.state().asked.push(asked.clone());
        let found =
            self.state().sites.iter().rev().find(|(at, _)| asked.url.starts_with(at)).cloned();
        // Not while the state is locked: it may ask for it.
        found.map_or(Reply::NoSuchHost, |(_, answering)| answering(&asked)).outcome()
    }
}

impl Web {
    /// Without any host.
    pub fn new() -> Self {
        Self { clock: Clock::with_fixed_calendar(), state: Arc::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is answered at all addresses that begin like this; a later one goes before.
    pub fn answers(&self, at: &str, answering: impl Fn(&Asked) -> Reply + Send + Sync + 'static) {
        self.state().sites.push((at.to_owned(), Arc::new(answering)));
    }

    pub fn requests(&self) -> Vec<Asked> {
        self.state().asked.clone()
    }

    pub fn connector(&self) -> SharedHttpConnector {
        memory::connector(self.clone())
    }

    /// Listens on a free port of 127.0.0.1.
    pub async fn serve(&self) -> io::Result<Server> {
        loopback::serve(self.clone()).await
    }
}
