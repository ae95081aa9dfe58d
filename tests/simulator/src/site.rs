//! What stands behind a connection, whoever carries it: `memory` and `loopback`
//! bring requests here and know nothing of AWS or GitHub.

use std::time::Duration;

use bytes::Bytes;

/// Answers requests. Clones answer for the same state.
pub(crate) trait Site: Clone + Send + Sync + 'static {
    /// What becomes of a request, and after how long. `base` is where this server
    /// listens, if the request came over a socket.
    fn receive(&self, request: &http::Request<Bytes>, base: Option<&str>) -> (Duration, Outcome);
}

/// What becomes of a request.
#[derive(Debug)]
pub(crate) enum Outcome {
    Answer(http::Response<Bytes>),
    /// The connection breaks.
    Reset,
    /// Nothing ever comes.
    Silence,
}

/// A header as text; `None` where there is none, or no text.
pub(crate) fn header(request: &http::Request<Bytes>, name: &str) -> Option<String> {
    request.headers().get(name)?.to_str().ok().map(str::to_owned)
}
