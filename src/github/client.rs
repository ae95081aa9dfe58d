//! The way to GitHub's REST API: octocrab over our own transport, so that proxies,
//! certificates and connections are those of everything else.
//!
//! A read is tried twice. A write is sent again only where GitHub says that it did
//! nothing because of a rate limit: after any other failure it may have been done.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{ACCEPT, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use octocrab::service::middleware::base_uri::BaseUriLayer;
use octocrab::service::middleware::extra_headers::ExtraHeadersLayer;
use octocrab::{AuthState, OctoBody, Octocrab, OctocrabBuilder};
use tokio::time::{sleep, timeout};

use super::error::{CallError, Cause};
use crate::http::{HttpClient, NoAnswer};
use crate::workflow::{RepositoryName, Workflow};

/// One attempt. GitHub ends a request itself after ten seconds
/// ("Timeouts", REST API documentation).
const ATTEMPT: Duration = Duration::from_secs(10);
/// Attempts of a read; of a write that a rate limit held up.
const ATTEMPTS: u32 = 2;
/// Before a read is tried again.
const BETWEEN: Duration = Duration::from_secs(1);
/// A rate limit that lasts longer is not waited for: nothing here is worth it.
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// The longest answer that is read; a page of a hundred commits has less than one.
const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// Characters of a message that are shown.
const LONGEST_MESSAGE: usize = 300;

/// The version of the API that this is written for.
const VERSION: &str = "2022-11-28";

/// GitHub, for one repository. Clones share their connections.
#[derive(Clone)]
pub struct GitHub {
    octocrab: Octocrab,
    workflow: Arc<Workflow>,
}

impl std::fmt::Debug for GitHub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GitHub").field("repository", &self.workflow.repository).finish()
    }
}

impl GitHub {
    /// A client for the repository of `workflow`; `None` where there is no token, or the
    /// API's address is none. Needs a runtime of tokio.
    pub fn new(workflow: &Workflow, transport: HttpClient) -> Option<Self> {
        let token = workflow.token.as_ref()?;
        let api: Uri = workflow.api.parse().ok().filter(|it: &Uri| it.scheme().is_some())?;
        // It could not stand in a header, and octocrab would say so at each call.
        HeaderValue::from_str(token.expose()).ok()?;
        let headers = vec![
            (USER_AGENT, HeaderValue::from_static("ecs-release")),
            (ACCEPT, HeaderValue::from_static("application/vnd.github+json")),
            (HeaderName::from_static("x-github-api-version"), HeaderValue::from_static(VERSION)),
        ];
        let Ok(octocrab) = OctocrabBuilder::new_empty()
            .with_service(Wire(transport))
            .with_layer(&ExtraHeadersLayer::new(Arc::new(headers)))
            .with_layer(&BaseUriLayer::new(api))
            .with_auth(AuthState::AccessToken { token: token.expose().to_owned().into() })
            .build();
        Some(Self { octocrab, workflow: Arc::new(workflow.clone()) })
    }

    pub fn workflow(&self) -> &Workflow {
        &self.workflow
    }

    pub(super) fn repository(&self) -> &RepositoryName {
        &self.workflow.repository
    }

    /// The path of something in the repository; `parts` may be anything.
    pub(super) fn path<'a>(&self, parts: impl IntoIterator<Item = &'a str>) -> String {
        let RepositoryName { owner, name } = self.repository();
        let mut path = format!("/repos/{owner}/{name}");
        for part in parts {
            path.push('/');
            path.push_str(&encoded(part));
        }
        path
    }

    pub(super) async fn get<T: serde::de::DeserializeOwned>(
        &self,
        what: &'static str,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<T, CallError> {
        let query = (!query.is_empty()).then_some(query);
        self.octocrab.get(path, query).await.map_err(|error| CallError::new(what, error))
    }

    pub(super) async fn post<T: serde::de::DeserializeOwned>(
        &self,
        what: &'static str,
        path: &str,
        body: &serde_json::Value,
    ) -> Result<T, CallError> {
        self.octocrab.post(path, Some(body)).await.map_err(|error| CallError::new(what, error))
    }

    pub(super) async fn patch<T: serde::de::DeserializeOwned>(
        &self,
        what: &'static str,
        path: &str,
        body: &serde_json::Value,
    ) -> Result<T, CallError> {
        self.octocrab.patch(path, Some(body)).await.map_err(|error| CallError::new(what, error))
    }

    /// All pages of a list until `enough` says so, at most `pages` of 100; `true`
    /// where there may be more.
    pub(super) async fn pages<T: serde::de::DeserializeOwned>(
        &self,
        what: &'static str,
        path: &str,
        query: &[(&str, &str)],
        pages: usize,
        mut enough: impl FnMut(&[T]) -> bool,
    ) -> Result<(Vec<T>, bool), CallError> {
        let mut all = Vec::new();
        for page in 1..=pages {
            let number = page.to_string();
            let mut query = query.to_vec();
            query.extend([("per_page", "100"), ("page", number.as_str())]);
            let found: Vec<T> = self.get(what, path, &query).await?;
            let is_last = found.len() < 100;
            all.extend(found);
            if is_last || enough(&all) {
                return Ok((all, !is_last));
            }
        }
        Ok((all, true))
    }
}

/// A part of a path; a slash in it stays one of the path's.
fn encoded(part: &str) -> String {
    let mut encoded = String::with_capacity(part.len());
    for byte in part.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                encoded.push(byte.into());
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// The transport as octocrab wants it.
#[derive(Clone)]
struct Wire(HttpClient);

impl tower::Service<Request<OctoBody>> for Wire {
    type Response = Response<Full<Bytes>>;
    type Error = NoAnswer;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, NoAnswer>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), NoAnswer>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<OctoBody>) -> Self::Future {
        let transport = self.0.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await;
            let body = body.map_err(|_never| NoAnswer::of("the request has no body"))?.to_bytes();
            let mut attempt = 1;
            loop {
                let mut request = Request::new(body.clone());
                *request.method_mut() = head.method.clone();
                *request.uri_mut() = head.uri.clone();
                *request.headers_mut() = head.headers.clone();
                let answer = match timeout(ATTEMPT, transport.send(request, MAX_ANSWER)).await {
                    Ok(answer) => answer,
                    Err(_) => Err(NoAnswer::of("no answer within 10 s")),
                };
                let pause = match attempt {
                    ATTEMPTS.. => None,
                    _ => pause_before_next(&head.method, &answer),
                };
                let Some(pause) = pause else { return Ok(answer?.map(Full::new)) };
                sleep(pause).await;
                attempt += 1;
            }
        })
    }
}

/// How long to wait before the same is asked once more; `None` where it must not be.
fn pause_before_next(
    method: &Method,
    answer: &Result<Response<Bytes>, NoAnswer>,
) -> Option<Duration> {
    let is_read = method == Method::GET;
    match answer {
        Ok(answer) if is_limited(answer.status(), answer.headers()) => {
            wait_for_limit(answer.headers()).filter(|wait| *wait <= LONGEST_WAIT)
        }
        Ok(answer) => (is_read && answer.status().is_server_error()).then_some(BETWEEN),
        Err(_) => is_read.then_some(BETWEEN),
    }
}

/// Both kinds of limit answer 403 or 429 ("Rate limits for the REST API").
pub(super) fn is_limited(status: StatusCode, headers: &HeaderMap) -> bool {
    let is_used_up = headers.get("x-ratelimit-remaining").is_some_and(|it| it == "0");
    status == StatusCode::TOO_MANY_REQUESTS
        || (status == StatusCode::FORBIDDEN && (is_used_up || headers.contains_key(RETRY_AFTER)))
}

/// What GitHub asks for: `retry-after` in seconds, else until the limit is reset.
pub(super) fn wait_for_limit(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    if let Some(seconds) = number(RETRY_AFTER.as_str()) {
        return Some(Duration::from_secs(seconds));
    }
    let reset = UNIX_EPOCH + Duration::from_secs(number("x-ratelimit-reset")?);
    // GitHub's clock is the one that counts, and it is in every answer.
    let now = headers.get(http::header::DATE)?.to_str().ok()?;
    let now = httpdate::parse_http_date(now).ok()?;
    Some(reset.duration_since(now).unwrap_or_default() + Duration::from_secs(1))
}

impl CallError {
    fn new(what: &'static str, error: octocrab::Error) -> Self {
        match error {
            octocrab::Error::GitHub { mut source, .. } => {
                let headers = source.headers.take().unwrap_or_default();
                // The secondary limit need not say how long it lasts, and has no code.
                let is_secondary = source.message.contains("secondary rate limit");
                let cause = match source.status_code {
                    status if is_secondary || is_limited(status, &headers) => {
                        Cause::Limited(wait_for_limit(&headers))
                    }
                    StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Cause::Denied,
                    StatusCode::NOT_FOUND => Cause::Missing,
                    status if status.is_client_error() => Cause::Refused,
                    _ => Cause::Unclear,
                };
                // A page of HTML is nobody's message.
                let is_page = source.message.trim_start().starts_with('<');
                let message = if is_page { String::new() } else { shortened(&source.message) };
                Self { what, cause, status: Some(source.status_code.as_u16()), message }
            }
            octocrab::Error::Service { source, .. } => {
                Self { what, cause: Cause::Unclear, status: None, message: source.to_string() }
            }
            octocrab::Error::Json { source, .. } => Self {
                what,
                cause: Cause::Unclear,
                status: None,
                message: format!("an answer that can't be read ({})", source.path()),
            },
            other => Self {
                what,
                cause: Cause::Unclear,
                status: None,
                message: shortened(&other.to_string()),
            },
        }
    }
}

/// The first line, and of that what a person reads.
fn shortened(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(LONGEST_MESSAGE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let header = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), value.parse().expect("a header's value"))
        };
        pairs.iter().map(header).collect()
    }

    #[test]
    fn a_part_of_a_path_stays_one_and_a_slash_stays_a_slash() {
        for (part, expected) in [
            ("apps/shop/package.json", "apps/shop/package.json"),
            ("tags/v1.4.2+b7", "tags/v1.4.2%2Bb7"),
            ("a b?c#d%e", "a%20b%3Fc%23d%25e"),
            ("größer", "gr%C3%B6%C3%9Fer"),
            ("@org/web1@1.4.2", "%40org/web1%401.4.2"),
        ] {
            assert_eq!(encoded(part), expected);
        }
    }

    #[test]
    fn a_limit_is_told_from_a_refusal_and_says_how_long_it_lasts() {
        let spent = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1767225660")];
        let now = ("date", "Thu, 01 Jan 2026 00:00:00 GMT");
        for (status, pairs, is_a_limit, wait) in [
            (403, vec![], false, None),
            (403, vec![("x-ratelimit-remaining", "17")], false, None),
            (403, vec![("retry-after", "30")], true, Some(30)),
            (429, vec![], true, None),
            (403, vec![spent[0], spent[1], now], true, Some(61)),
            (403, spent.to_vec(), true, None),
            (403, vec![("retry-after", "soon")], true, None),
        ] {
            let headers = headers(&pairs);
            let status = StatusCode::from_u16(status).expect("a status");
            assert_eq!(is_limited(status, &headers), is_a_limit, "{pairs:?}");
            assert_eq!(wait_for_limit(&headers), wait.map(Duration::from_secs), "{pairs:?}");
        }
    }

    #[test]
    fn only_a_limit_lets_a_write_be_sent_again_and_only_a_short_one() {
        let answer = |status, pairs: &[(&'static str, &str)]| {
            let mut answer = Response::new(Bytes::new());
            *answer.status_mut() = StatusCode::from_u16(status).expect("a status");
            *answer.headers_mut() = headers(pairs);
            Ok(answer)
        };
        let lost = || Err(NoAnswer::of("lost"));
        for (answer, read, write) in [
            (answer(200, &[]), None, None),
            (answer(404, &[]), None, None),
            (answer(502, &[]), Some(1), None),
            (lost(), Some(1), None),
            (answer(429, &[("retry-after", "5")]), Some(5), Some(5)),
            (answer(429, &[("retry-after", "60")]), None, None),
            (answer(429, &[]), None, None),
        ] {
            for (method, expected) in [(Method::GET, read), (Method::POST, write)] {
                let pause = pause_before_next(&method, &answer);
                assert_eq!(pause, expected.map(Duration::from_secs), "{method} {answer:?}");
            }
        }
    }
}
