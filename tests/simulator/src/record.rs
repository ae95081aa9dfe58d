//! What was asked and what was answered, for tests to read.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use crate::faults::Fault;
use crate::wire::Service;

/// The operations that change something at AWS.
const WRITES: &[&str] = &[
    "RegisterTaskDefinition",
    "DeregisterTaskDefinition",
    "UpdateService",
    "RunTask",
    "StopTask",
    "StopServiceDeployment",
    "ContinueServiceDeployment",
    "CreateDeployment",
    "StopDeployment",
    "ContinueDeployment",
    "PutImage",
    "PutTargets",
    "UpdateSchedule",
];

/// One request and what became of it.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// When it came, since the simulator was made.
    pub at: Duration,
    /// The Region it was signed for; empty for an unsigned one.
    pub region: String,
    pub service: Service,
    /// The API's name for it, such as `UpdateService`; `GetBlob` for a download.
    pub operation: String,
    /// The parameters: a JSON body, in REST with those of path and query, or, in the query
    /// protocol, the form's, each a string. Null where there are none.
    pub body: Value,
    /// The body as it came.
    pub raw: Bytes,
    pub fault: Option<Fault>,
    /// The HTTP status; `None` where no answer was sent.
    pub status: Option<u16>,
    /// The answer's body; empty where none was sent.
    pub answer: Bytes,
    /// What that body says, where it says so in XML, or in part in a header.
    pub(crate) xml_members: Option<Value>,
    /// Whether the operation was carried out, answered or not.
    pub carried_out: bool,
}

impl Recorded {
    /// The members of the answer: its JSON or, where it is XML or REST, what JSON would
    /// say, for an error `__type` and `message`. Null where there are none.
    pub fn response(&self) -> Value {
        let read = || serde_json::from_slice(&self.answer).unwrap_or_default();
        self.xml_members.clone().unwrap_or_else(read)
    }

    /// Whether the operation changes something at AWS.
    pub fn is_write(&self) -> bool {
        WRITES.contains(&self.operation.as_str())
    }
}
