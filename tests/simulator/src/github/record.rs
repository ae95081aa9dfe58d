//! What was asked and what was answered, for tests to read.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use crate::github::faults::Fault;

/// One request and what became of it.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// When it came, since the simulated GitHub was made.
    pub at: Duration,
    /// The OpenAPI description's name for it, such as `repos/create-deployment`;
    /// empty where there is no such path.
    pub operation: &'static str,
    /// Such as `GET`.
    pub method: String,
    /// As it was sent, below the API's base path and without the query.
    pub path: String,
    /// The query as it was sent; empty where there is none.
    pub query: String,
    /// The header `x-github-api-version`.
    pub api_version: Option<String>,
    pub content_type: Option<String>,
    /// The JSON body; null where there is none.
    pub body: Value,
    pub fault: Option<Fault>,
    /// The HTTP status; `None` where no answer was sent.
    pub status: Option<u16>,
    /// The answer's body; empty where none was sent.
    pub answer: Bytes,
    /// Whether the operation was carried out, answered or not.
    pub carried_out: bool,
}

impl Recorded {
    /// The JSON of the answer; null where it is none.
    pub fn response(&self) -> Value {
        serde_json::from_slice(&self.answer).unwrap_or_default()
    }

    /// Whether the request asks to change something.
    pub fn is_write(&self) -> bool {
        self.method != "GET"
    }
}
