//! The server side of a connection, independent of the transport: `memory` and `loopback`
//! bring requests here and know nothing of AWS or GitHub.

use std::time::Duration;

use bytes::Bytes;

/// Answers requests. Clones answer for the same state.
pub(crate) trait Site: Clone + Send + Sync + 'static {
    /// The outcome of a request, and the delay before it. `base` is the server's address
    /// if the request came over a socket.
    fn receive(&self, request: &http::Request<Bytes>, base: Option<&str>) -> (Duration, Outcome);
}

/// What becomes of a request.
#[derive(Debug)]
pub(crate) enum Outcome<A = http::Response<Bytes>> {
    Answer(A),
    /// No connection comes about, in words of the system.
    Unreachable(&'static str),
    /// The connection breaks.
    Reset,
    /// Nothing ever comes.
    Silence,
}

impl<A> Outcome<A> {
    pub(crate) fn answer(&self) -> Option<&A> {
        match self {
            Self::Answer(answer) => Some(answer),
            Self::Unreachable(_) | Self::Reset | Self::Silence => None,
        }
    }

    pub(crate) fn map<B>(self, change: impl FnOnce(A) -> B) -> Outcome<B> {
        match self {
            Self::Answer(answer) => Outcome::Answer(change(answer)),
            Self::Unreachable(why) => Outcome::Unreachable(why),
            Self::Reset => Outcome::Reset,
            Self::Silence => Outcome::Silence,
        }
    }
}

/// A header as text; `None` where there is none, or no text.
pub(crate) fn header(request: &http::Request<Bytes>, name: &str) -> Option<String> {
    request.headers().get(name)?.to_str().ok().map(str::to_owned)
}
