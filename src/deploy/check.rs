//! The check after a rollout: does the new version answer as it should, where people reach it?
//!
//! Asked once before the first write. What cannot be reached then, the machine that this runs
//! on cannot reach, and that is nothing against a version. What answers in any way can be
//! reached, and is asked again when the rollout has succeeded, until it has answered rightly
//! so often in a row. While the old tasks go, answers may be missing or wrong: they only begin
//! the row anew.

use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONNECTION, USER_AGENT};
use http::{HeaderValue, Response};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::context::{Rollout, Run};
use super::outcome::{self, FailedRollout, called_off, next_after_failure};
use crate::deploy::apply::Stop;
use crate::http::HttpClient;
use crate::plan::{Plan, PlannedCheck, almost_taken};
use crate::problem::Problem;
use crate::report::{AppReport, Outcome};
use crate::request::{AppRequest, Check};
use crate::text::clock;

/// One request before the first write, which must not wait for it.
const PROBE: Duration = Duration::from_secs(5);
/// One request afterwards.
const ATTEMPT: Duration = Duration::from_secs(10);
/// Bytes of a body in which a text is looked for.
const LARGEST_BODY: usize = 1024 * 1024;
/// So many kinds of answers are told in the end.
const TOLD: usize = 3;

/// What came of asking once.
#[derive(Debug, Clone)]
pub(crate) enum Reach {
    /// With this status.
    Answers(u16),
    Unreached(String),
}

/// Asks once, where something is to be checked.
pub(crate) async fn probe(run: &Run<'_>, app: &AppRequest) -> Option<Reach> {
    let check = app.check.as_ref()?;
    let web = run.web.unpooled();
    Some(match ask(&web, check, Instant::now() + PROBE).await {
        Ok(answer) => {
            let status = answer.status().as_u16();
            match proxy_that_answers(&web, check, status) {
                Some(proxy) => {
                    Reach::Unreached(format!("{status} may come from the proxy {proxy}"))
                }
                None => Reach::Answers(status),
            }
        }
        Err(why) => Reach::Unreached(why),
    })
}

/// A proxy says by a status, as an app does, that it may not or can't go on. Of HTTPS it sees
/// only bytes.
fn proxy_that_answers(web: &HttpClient, check: &Check, status: u16) -> Option<String> {
    let may_be_its_own = !check.url.is_https() && matches!(status, 403 | 407 | 502..=504);
    web.proxy_of(check.url.uri()).filter(|_| may_be_its_own)
}

/// Puts the check into the plan, or into its warnings why there is none.
///
/// # Errors
/// What the answer has to hold is not known.
pub(crate) fn settle(
    app: &AppRequest,
    plan: &mut Plan,
    reach: Option<&Reach>,
) -> Result<(), Problem> {
    let (Some(check), Some(reach), false) = (&app.check, reach, plan.is_unchanged()) else {
        return Ok(());
    };
    let Some(images) = &plan.images else { return Ok(()) };
    match reach {
        Reach::Answers(now) => {
            plan.check = Some(PlannedCheck::of(check, images, *now)?);
            plan.remarks.notices.extend(almost_taken(check));
        }
        Reach::Unreached(why) => {
            let url = &check.url;
            let message = format!(
                "the answers of the new version are not checked: {url} can't be reached from here ({why})"
            );
            let hint =
                "The runner has to reach it before the deployment; nothing else depends on that.";
            plan.remarks.warnings.push(Problem::new(message).hint(hint));
        }
    }
    Ok(())
}

impl Rollout<'_> {
    /// Asks until the new version has answered rightly so often in a row; how it failed,
    /// where it has not in time.
    pub(crate) async fn check(
        &self,
        report: &mut AppReport,
    ) -> Result<Option<FailedRollout>, Stop> {
        let Some(PlannedCheck { check, .. }) = &self.plan.check else { return Ok(None) };
        let run = self.run;
        let mut answers = Answers::default();
        let asked = tokio::select! {
            biased;
            () = run.shutdown.requested() => Err(Stop::Cancelled),
            who = run.member.called_off() => Ok(Err(called_off(&who, report))),
            is_right = self.ask_until_right(check, &mut answers, &mut report.rollout.timeline) => {
                Ok(Ok(is_right))
            }
        };
        let failed = match asked? {
            Ok(true) => return Ok(None),
            Ok(false) if answers.were_right_for_so_long(check.count) => {
                run.notice(report, answered_slowly(check, &answers));
                return Ok(None);
            }
            Ok(false) => self.unanswered(check, &answers, report),
            Err(called_off) => called_off,
        };
        (report.versions.running, report.versions.tasks) = (None, None);
        Ok(Some(failed))
    }

    async fn ask_until_right(
        &self,
        check: &Check,
        answers: &mut Answers,
        timeline: &mut Vec<(Duration, String)>,
    ) -> bool {
        let mut say = |line: String| {
            let elapsed = self.begun.elapsed();
            self.run.reporter.line(&format!("{}  {line}", clock(elapsed)));
            timeline.push((elapsed, line));
        };
        say(format!("checking {check}"));
        let web = self.run.web.unpooled();
        let deadline = Instant::now() + check.timeout;
        loop {
            let asked = Instant::now();
            // The last one has its time, too: cut short, one that hangs would look like a slow one.
            let answer = ask(&web, check, asked + ATTEMPT).await;
            if let Some(line) = answers.add(judge(check, answer)) {
                say(line);
            }
            if answers.row >= check.count {
                say(format!("check: passed {} times in a row", answers.row));
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            let next = asked + Check::BETWEEN.mul_f64(0.9 + 0.2 * fastrand::f64());
            sleep_until(next.min(deadline)).await;
        }
    }

    fn unanswered(&self, check: &Check, answers: &Answers, report: &AppReport) -> FailedRollout {
        let message = format!(
            "the check failed: {} did not pass {} times in a row within {}; the last answers: {}",
            check.url,
            check.count,
            humantime::format_duration(check.timeout),
            answers.last()
        );
        let problem = Problem::new(message).hint(next_after_failure(report, self.plan));
        let response = outcome::Response::ExplainAndUndo;
        FailedRollout { outcome: Outcome::Failed, problem, why: None, response }
    }
}

fn answered_slowly(check: &Check, answers: &Answers) -> Problem {
    let message = format!(
        "{} answers slowly: within {} it passed {} times in a row, not {} times; the version \
         counts as checked",
        check.url,
        humantime::format_duration(check.timeout),
        answers.row,
        check.count
    );
    Problem::new(message).hint("Raise `check-timeout`, or ask for less in `check-count`.")
}

/// The answers so far.
#[derive(Debug, Default)]
struct Answers {
    /// Right ones since the last wrong one.
    row: u32,
    /// When the first of the row came, and how much later the last one.
    row_lasts: Option<(Instant, Duration)>,
    /// What was answered, and how often without another answer in between.
    told: Vec<(String, u32)>,
}

impl Answers {
    /// Counts one, and gives the line that says it where the one before was another.
    fn add(&mut self, (is_right, answer): (bool, String)) -> Option<String> {
        self.row = if is_right { self.row + 1 } else { 0 };
        let since = self.row_lasts.map_or_else(Instant::now, |(since, _)| since);
        self.row_lasts = is_right.then(|| (since, since.elapsed()));
        match self.told.last_mut() {
            Some((last, times)) if *last == answer => {
                *times += 1;
                None
            }
            _ => {
                let line = format!("check: {answer}");
                self.told.push((answer, 1));
                Some(line)
            }
        }
    }

    /// Whether there would have been so many, had they come at once: then it is their slowness
    /// that is told, and nothing is wrong with the version.
    fn were_right_for_so_long(&self, count: u32) -> bool {
        let lasts_long = |(_, lasts)| lasts >= Check::BETWEEN * (count - 1);
        self.row >= 2 && self.row_lasts.is_some_and(lasts_long)
    }

    fn last(&self) -> String {
        let told = &self.told[self.told.len().saturating_sub(TOLD)..];
        let one = |(answer, times): &(String, u32)| match times {
            1 => answer.clone(),
            times => format!("{answer} ({times} times)"),
        };
        let told: Vec<String> = told.iter().map(one).collect();
        if told.is_empty() { "none".to_owned() } else { told.join(", then ") }
    }
}

/// Whether an answer is right, and what it was in a few words. Nothing of its body is in
/// them: whatever goes wrong in an app may stand there.
fn judge(check: &Check, answer: Result<Response<Bytes>, String>) -> (bool, String) {
    let answer = match answer {
        Ok(answer) => answer,
        Err(why) => return (false, format!("no answer ({why})")),
    };
    let status = answer.status().as_u16();
    if !check.status.iter().any(|right| right.contains(&status)) {
        return (false, status.to_string());
    }
    if let Some(text) = &check.body
        && !contains(answer.body(), text)
    {
        return (false, format!("{status} without `{text}` in its body"));
    }
    if let Some((name, text)) = &check.header
        && !answer.headers().get_all(name).iter().any(|it| contains(it.as_bytes(), text))
    {
        return (false, format!("{status} without `{text}` in its header {name}"));
    }
    (true, status.to_string())
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

async fn ask(web: &HttpClient, check: &Check, until: Instant) -> Result<Response<Bytes>, String> {
    let room = if check.body.is_some() { LARGEST_BODY } else { 0 };
    match timeout_at(until, web.begin_answer(request(check), room)).await {
        Ok(answer) => answer.map_err(|why| why.to_string()),
        Err(_) => Err("it took too long".to_owned()),
    }
}

/// On a connection of its own, which may lead to another task, and past what is cached.
fn request(check: &Check) -> http::Request<Bytes> {
    let mut request = http::Request::new(Bytes::new());
    *request.uri_mut() = check.url.uri().clone();
    let headers = request.headers_mut();
    headers.insert(USER_AGENT, HeaderValue::from_static("ecs-release"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.extend(check.url.authorization().map(|it| (AUTHORIZATION, it)));
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check() -> Check {
        Check {
            url: crate::url::Url::parse("https://shop.example.com/health").expect("an address"),
            status: vec![200..=204, 301..=301],
            body: Some("1.4.2".to_owned()),
            header: Some((http::HeaderName::from_static("x-app"), "shop".to_owned())),
            count: 2,
            timeout: Duration::from_secs(90),
        }
    }

    #[test]
    fn an_answer_is_right_by_its_status_its_body_and_its_header() {
        let judged = |status: u16, body: &'static str, header: &str| {
            let answer = Response::builder().status(status).header("x-app", header);
            let answer = answer.body(Bytes::from_static(body.as_bytes())).expect("an answer");
            judge(&check(), Ok(answer))
        };
        let body = r#"{"version":"1.4.2"}"#;
        for (answer, expected) in [
            (judged(200, body, "the shop"), (true, "200")),
            (judged(301, body, "shop"), (true, "301")),
            (judged(302, body, "shop"), (false, "302")),
            (judged(204, "1.4.1", "shop"), (false, "204 without `1.4.2` in its body")),
            (judged(200, "", "shop"), (false, "200 without `1.4.2` in its body")),
            (judged(200, body, "cart"), (false, "200 without `shop` in its header x-app")),
            (judge(&check(), Err("why".to_owned())), (false, "no answer (why)")),
        ] {
            assert_eq!((answer.0, answer.1.as_str()), expected);
        }
        assert_eq!(
            check().to_string(),
            "https://shop.example.com/health: 2 times in a row 200-204 or 301 with `1.4.2` in the \
             body with `shop` in the header x-app, within 1m 30s"
        );
    }

    #[test]
    fn equal_answers_are_told_once_and_the_last_kinds_in_the_end() {
        let mut answers = Answers::default();
        let mut lines = Vec::new();
        for (is_right, answer) in
            [(true, "200"), (true, "200"), (false, "503"), (false, "500"), (true, "200")]
        {
            lines.extend(answers.add((is_right, answer.to_owned())));
        }
        assert_eq!(lines, ["check: 200", "check: 503", "check: 500", "check: 200"]);
        assert_eq!((answers.row, answers.last().as_str()), (1, "503, then 500, then 200"));
        assert_eq!(Answers::default().last(), "none");
    }
}
