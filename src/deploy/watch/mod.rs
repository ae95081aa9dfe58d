//! Waiting for deployments: one loop that asks ECS for all of them, and the
//! wait of one app for its own.
//!
//! Knows nothing of what a deployment is for and writes nothing. Reading ends
//! with the deadline.

mod answers;
mod call;
mod deployment;
mod healthy;
mod poll;
mod poll_event;
mod poller;

pub(crate) use poller::{Poller, Subscription};

use poll_event::PollEvent;

use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::ecs::{TargetHealth, Task};
use crate::problem::Problem;
use crate::reporter::Reporter;
use crate::rollout::{End, Snapshot, Span, Spans, Tracker};
use crate::shutdown::Shutdown;
use crate::text::clock;

/// A line at least this often, so that nobody takes silence for a hang.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// When the last look is so old, what it showed may have changed.
const STALE: Duration = Duration::from_secs(15);

/// How long ECS may say nothing at all while a person is waited for.
const SILENCE: Duration = Duration::from_secs(5 * 60);

/// How the wait for a deployment ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Watched {
    /// The deployment's own end, the deadline, or what made reading impossible.
    pub end: Ended,
    pub last: Option<Snapshot>,
    /// Where it stood then, in one line; empty before the first look.
    pub stands: String,
    /// Tasks of the deployment that stopped, in the order in which they were seen.
    pub stopped: Vec<Task>,
    /// What the load balancer last found wrong with its tasks.
    pub unhealthy: Vec<TargetHealth>,
    /// The deadline, put off by the time in which a person was waited for.
    pub deadline: Instant,
    /// What happened when, counted from the start of the wait.
    pub timeline: Vec<(Duration, String)>,
    /// Where the time went, from the start of the wait to its end.
    pub spans: Vec<Span>,
    /// What the user should look at; was said already.
    pub warnings: Vec<Problem>,
    /// Whether the time was up while AWS did not answer, so that `last` may be out of date.
    pub is_stale: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ended {
    Deployment(End),
    /// It had not ended in time.
    TimedOut,
    /// The run was asked to stop.
    Cancelled,
    /// Nobody wants it any more: the service of the run that failed.
    CalledOff(String),
    /// ECS can no longer be asked.
    Unreadable(Problem),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// What elapsed time is counted from.
    pub begun: Instant,
    pub deadline: Instant,
}

/// Follows one deployment until it ends, its deadline has come, it is called off or the run is
/// asked to stop, and tells `reporter` what happens on the way.
pub(crate) async fn follow(
    mut subscription: Subscription,
    tracker: Tracker,
    limits: Limits,
    called_off: impl Future<Output = String>,
    shutdown: &Shutdown,
    reporter: &dyn Reporter,
) -> Watched {
    let mut called_off = pin!(called_off);
    let mut wait = Wait::new(tracker, limits, reporter);
    loop {
        let look = tokio::select! {
            look = timeout_at(wait.until(), subscription.next()) => look,
            () = shutdown.requested() => return wait.ended(Ended::Cancelled),
            who = &mut called_off => return wait.ended(Ended::CalledOff(who)),
        };
        match look {
            Ok(Ok(PollEvent::Seen(snapshot))) => {
                if let Some(end) = wait.see(*snapshot) {
                    return wait.ended(Ended::Deployment(end));
                }
            }
            Ok(Ok(PollEvent::Unchanged)) => wait.sees_no_change(),
            Ok(Ok(PollEvent::Trouble(text))) => wait.say(text),
            Ok(Err(problem)) => return wait.ended(Ended::Unreadable(problem)),
            Err(_) => {
                wait.watched.is_stale = wait.last_seen.elapsed() >= STALE;
                return wait.ended(Ended::TimedOut);
            }
        }
    }
}

/// The wait of one app, as far as it has come.
struct Wait<'a> {
    tracker: Tracker,
    begun: Instant,
    reporter: &'a dyn Reporter,
    watched: Watched,
    spans: Spans,
    last_seen: Instant,
    last_line: Instant,
    paused_since: Option<Instant>,
}

impl<'a> Wait<'a> {
    fn new(tracker: Tracker, limits: Limits, reporter: &'a dyn Reporter) -> Self {
        let Limits { begun, deadline } = limits;
        let watched = Watched {
            end: Ended::TimedOut,
            last: None,
            stands: String::new(),
            stopped: Vec::new(),
            unhealthy: Vec::new(),
            deadline,
            timeline: Vec::new(),
            spans: Vec::new(),
            warnings: Vec::new(),
            is_stale: false,
        };
        let now = Instant::now();
        let (last_seen, last_line, paused_since) = (now, now, None);
        let spans = Spans::default();
        Self { tracker, begun, reporter, watched, spans, last_seen, last_line, paused_since }
    }

    /// Until when the next look is waited for. While a deployment waits for a person, only
    /// silence of ECS can end the wait.
    fn until(&self) -> Instant {
        let deadline = self.watched.deadline;
        self.paused_since.map_or(deadline, |since| deadline.max(since + SILENCE))
    }

    fn ended(self, end: Ended) -> Watched {
        let spans = self.spans.finish(self.begun.elapsed());
        Watched { end, spans, ..self.watched }
    }

    fn say(&mut self, line: String) {
        let elapsed = self.begun.elapsed();
        self.reporter.line(&format!("{}  {line}", clock(elapsed)));
        self.watched.timeline.push((elapsed, line));
        self.last_line = Instant::now();
    }

    /// Takes one look, and gives the end, once it is known.
    fn see(&mut self, snapshot: Snapshot) -> Option<End> {
        self.last_seen = Instant::now();
        self.watched.stopped.extend(snapshot.tasks.stopped.iter().cloned());
        if !snapshot.tasks.unhealthy.is_empty() {
            self.watched.unhealthy.clone_from(&snapshot.tasks.unhealthy);
        }
        // The clock stands still while a hook awaits a person.
        if let Some(since) = self.paused_since.take() {
            self.watched.deadline += self.last_seen - since;
        }
        self.paused_since = snapshot.waits_for_a_person().then_some(self.last_seen);
        let elapsed = self.begun.elapsed();
        self.spans.see(snapshot.activity, elapsed);
        let observation = self.tracker.observe(&snapshot, elapsed);
        if let Some(pause) = &observation.paused {
            self.reporter.notice(pause);
            self.watched.timeline.push((elapsed, pause.message.clone()));
        }
        if let Some(warning) = observation.warning {
            self.reporter.warning(&warning);
            self.watched.warnings.push(warning);
        }
        for line in observation.news {
            self.say(line);
        }
        self.watched.last = Some(snapshot);
        self.watched.stands = observation.still;
        self.heartbeat();
        observation.end
    }

    fn sees_no_change(&mut self) {
        self.last_seen = Instant::now();
        self.spans.still(self.begun.elapsed());
        self.heartbeat();
    }

    fn heartbeat(&mut self) {
        if self.last_line.elapsed() >= HEARTBEAT {
            let elapsed = clock(self.begun.elapsed());
            self.reporter.line(&format!("{elapsed}  still {}", self.watched.stands));
            self.last_line = Instant::now();
        }
    }
}
