//! Tells people of a run: once before it writes, if asked, and once when it ends.
//!
//! Nothing waits for it but the end of the process, for a few seconds, and nothing fails with
//! it. A message is sent once: whoever got it must not get it again.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::http::HttpClient;
use crate::problem::Problem;
use crate::report::{AppReport, Message, Outcome, Shape};
use crate::reporter::Reporter;
use crate::request::{Notify, Request};
use crate::shutdown::Shutdown;
use crate::url::Url;

/// So long a message may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same once the workflow was cancelled: the runner kills the process soon.
const PATIENCE_CANCELLED: Duration = Duration::from_millis(1_500);

/// Why a message did not get there, without its address.
type Undelivered = String;

pub(crate) struct Notifier<'a> {
    web: &'a HttpClient,
    request: &'a Request,
    /// What has been decided for each service that is to be written to.
    decided: Mutex<BTreeMap<usize, AppReport>>,
    /// The message at the start, on its way.
    at_start: Mutex<Option<JoinHandle<Result<(), Undelivered>>>>,
}

impl<'a> Notifier<'a> {
    pub(crate) fn new(web: &'a HttpClient, request: &'a Request) -> Self {
        Self { web, request, decided: Mutex::default(), at_start: Mutex::default() }
    }

    /// What is to become of one service, before anything is written for it.
    pub(crate) fn decided(&self, at: usize, report: &AppReport) {
        let mut decided = self.decided.lock().unwrap_or_else(PoisonError::into_inner);
        decided.insert(at, report.clone());
    }

    /// The first write of one of the services is about to be made.
    pub(crate) fn begins(&self) {
        let Some(notify) = self.request.notify.as_ref().filter(|it| it.at_start) else { return };
        let mut at_start = self.at_start.lock().unwrap_or_else(PoisonError::into_inner);
        if at_start.is_none() {
            let decided = self.decided.lock().unwrap_or_else(PoisonError::into_inner);
            let apps: Vec<AppReport> = decided.values().cloned().collect();
            let message = Message::at_start(self.request, &apps);
            *at_start = Some(tokio::spawn(send(self.web.clone(), notify.url.clone(), message)));
        }
    }

    /// Tells how it ended, after everything else was said.
    pub(crate) async fn ended(
        &self,
        reports: &[AppReport],
        shutdown: &Shutdown,
        reporter: &dyn Reporter,
    ) {
        let Some(notify) = &self.request.notify else { return };
        let at_start = self.at_start.lock().unwrap_or_else(PoisonError::into_inner).take();
        let worst = reports.iter().map(|report| report.outcome).max();
        let is_told = worst.is_some_and(|outcome| is_told(notify, outcome));
        let telling = async {
            let first = match at_start {
                Some(sending) => sending.await.unwrap_or(Ok(())),
                None => Ok(()),
            };
            if !is_told {
                return first;
            }
            let message = Message::at_end(self.request, reports);
            let last = send(self.web.clone(), notify.url.clone(), message).await;
            first.and(last)
        };
        let told = tokio::select! {
            biased;
            told = telling => told,
            () = sleep(PATIENCE) => Err(late()),
            () = shutdown.requested_before(PATIENCE_CANCELLED) => Err(late()),
        };
        if let Err(why) = told {
            let message = format!("could not notify the address in `notify-url`: {why}");
            reporter.notice(&Problem::new(message).hint("Nothing else depends on that."));
        }
    }
}

fn is_told(notify: &Notify, outcome: Outcome) -> bool {
    let has_changed_nothing = matches!(outcome, Outcome::Unchanged | Outcome::Planned);
    let is_meant = |word: &&str| match *word {
        "success" => outcome.is_ok() && !has_changed_nothing,
        "failure" => !outcome.is_ok(),
        word => word == outcome.as_str(),
    };
    match notify.on.as_slice() {
        [] => !has_changed_nothing,
        words => words.iter().any(is_meant),
    }
}

fn late() -> Undelivered {
    "it did not answer in time".to_owned()
}

async fn send(web: HttpClient, url: Url, message: Message) -> Result<(), Undelivered> {
    let request = request(&url, &message.body(Shape::of(&url)));
    match timeout(PATIENCE, web.begin_answer(request, 0)).await {
        Ok(Ok(answer)) if answer.status().is_success() => Ok(()),
        Ok(Ok(answer)) => Err(format!("it answered {}", answer.status().as_u16())),
        Ok(Err(no_answer)) => Err(no_answer.kind().to_owned()),
        Err(_) => Err(late()),
    }
}

fn request(url: &Url, body: &Value) -> http::Request<Bytes> {
    let mut request = http::Request::new(Bytes::from(body.to_string()));
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = url.uri().clone();
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, http::HeaderValue::from_static("ecs-release"));
    headers.extend(url.authorization().map(|it| (AUTHORIZATION, it)));
    request
}
