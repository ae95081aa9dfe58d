//! A simulated GitHub: the part of its REST API that a deployment needs, over one
//! repository, `octo-org/shop`.
//!
//! It follows GitHub's documentation and its OpenAPI description, never the
//! product's code. From the top:
//!
//! - [`GitHub`] is the handle: who asks, what goes wrong, what was asked; `given`
//!   says what lies there, and reads it for assertions.
//! - `world` takes requests and records them, `operation` knows paths and
//!   permissions, `wire` headers, pages and refusals, `faults` trouble.
//! - `answers` carries operations out on `history` and `state`, `views` shows both.

mod access;
mod answers;
mod faults;
mod given;
mod history;
mod links;
mod operation;
mod record;
mod state;
mod views;
mod wire;
mod world;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use bytes::Bytes;
use serde_json::Value;

use crate::clock::{Clock, since_made};
use crate::faults::When;
pub use crate::github::access::{Author, Grants, JOB_LOGIN, Kind, May, TOKEN};
pub use crate::github::faults::Fault;
pub use crate::github::history::DEFAULT_BRANCH;
pub use crate::github::operation::{NAME, OWNER};
pub use crate::github::record::Recorded;
pub use crate::github::state::{Comment, Deployment, Issue, Release, Status};
use crate::github::wire::{Answer, Incoming};
use crate::github::world::World;
use crate::site::{Outcome, Site};
use crate::{Server, loopback, memory};

/// One simulated GitHub. Clones are handles of the same one.
#[derive(Debug, Clone)]
pub struct GitHub {
    clock: Clock,
    world: Arc<Mutex<World>>,
}

impl Default for GitHub {
    fn default() -> Self {
        Self::new()
    }
}

impl Site for GitHub {
    fn receive(&self, request: &http::Request<Bytes>, base: Option<&str>) -> (Duration, Outcome) {
        let (delay, outcome) = self.world().receive(&Incoming::new(request, base));
        (delay, outcome.map(Answer::response))
    }
}

impl GitHub {
    /// An empty repository on 2026-01-01T00:00:00Z, and [`TOKEN`].
    pub fn new() -> Self {
        Self::with_clock(Clock::with_fixed_calendar())
    }

    /// The same on the machine's date.
    pub fn in_real_time() -> Self {
        Self::with_clock(Clock::with_machine_calendar())
    }

    fn with_clock(clock: Clock) -> Self {
        let world = World::new(clock.now(), clock.calendar());
        Self { clock, world: Arc::new(Mutex::new(world)) }
    }

    /// The world as it is now.
    fn world(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.now = self.clock.now();
        world
    }

    /// What carries requests to it, in place of a connection. Requests may go to any
    /// host, and to the API itself or below `/api/v3`.
    pub fn connector(&self) -> SharedHttpConnector {
        memory::connector(self.clone())
    }

    /// Listens on a free port of 127.0.0.1, in real time.
    pub async fn serve(&self) -> io::Result<Server> {
        loopback::serve(self.clone()).await
    }

    /// Says what a token may do; a known one may do this from now on.
    pub fn token(&self, token: &str, grants: Grants) {
        self.world().tokens.set(token, grants);
    }

    /// Whether a token that may not read contents is told 404, as a private
    /// repository tells those who have no access; otherwise it is told 403. It
    /// is, unless this says otherwise.
    pub fn hides_itself(&self, hidden: bool) {
        self.world().hidden = hidden;
    }

    /// Lets an operation (`*` for all of them) go wrong, by its name in the
    /// OpenAPI description, such as `repos/create-deployment`.
    pub fn fault(&self, operation: &str, when: When, fault: Fault) {
        self.world().faults.add(operation, when, fault);
    }

    pub fn clear_faults(&self) {
        self.world().faults.clear();
    }

    /// Delays every answer by this long.
    pub fn latency(&self, latency: Duration) {
        self.world().latency = latency;
    }

    /// The time since this was made.
    pub fn elapsed(&self) -> Duration {
        since_made(self.world().now)
    }

    pub fn requests(&self) -> Vec<Recorded> {
        self.world().records.clone()
    }

    pub fn requests_for(&self, operation: &str) -> Vec<Recorded> {
        let mut requests = self.requests();
        requests.retain(|request| request.operation == operation);
        requests
    }

    /// The requests that ask to change something, also those that failed.
    pub fn writes(&self) -> Vec<Recorded> {
        let mut requests = self.requests();
        requests.retain(Recorded::is_write);
        requests
    }

    pub fn forget_requests(&self) {
        self.world().records.clear();
    }

    /// Sends a request with the job's token, without transport, faults included.
    /// The path may have a query; a null body is none.
    ///
    /// # Errors
    /// The status and the JSON of a refusal; 0 and null where no answer comes.
    pub fn call(&self, method: &str, path: &str, body: &Value) -> Result<Value, (u16, Value)> {
        self.call_as(TOKEN, method, path, body)
    }

    /// The same with another token.
    pub fn call_as(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Result<Value, (u16, Value)> {
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .header("user-agent", "simulator")
            .body(body)
            .expect("the path is one");
        let (_, outcome) = self.receive(&request, None);
        let Outcome::Answer(answer) = outcome else { return Err((0, Value::Null)) };
        let json = serde_json::from_slice(answer.body()).unwrap_or_default();
        match answer.status().as_u16() {
            200..300 => Ok(json),
            status => Err((status, json)),
        }
    }
}
