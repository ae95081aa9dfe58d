//! Waiting for deployments: one loop that asks ECS for all of them, and the
//! wait of one app for its own.
//!
//! Knows nothing of what a deployment is for and writes nothing. Reading ends
//! with the deadline.

mod answers;
mod deployment;
mod healthy;
mod poll;
mod poll_event;
mod poller;

pub(crate) use poller::{Poller, Subscription};

use poll_event::PollEvent;

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::ecs::{TargetHealth, Task};
use crate::problem::Problem;
use crate::reporter::Reporter;
use crate::rollout::{End, Snapshot, Tracker};
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
    /// ECS can no longer be asked.
    Unreadable(Problem),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// What elapsed time is counted from.
    pub begun: Instant,
    pub deadline: Instant,
}

/// Follows one deployment until it ends, its deadline has come or the run is asked
/// to stop, and tells `reporter` what happens on the way.
pub(crate) async fn follow(
    mut subscription: Subscription,
    mut tracker: Tracker,
    limits: Limits,
    shutdown: &Shutdown,
    reporter: &dyn Reporter,
) -> Watched {
    let Limits { begun, mut deadline } = limits;
    let mut watched = Watched {
        end: Ended::TimedOut,
        last: None,
        stands: String::new(),
        stopped: Vec::new(),
        unhealthy: Vec::new(),
        deadline,
        timeline: Vec::new(),
        warnings: Vec::new(),
        is_stale: false,
    };
    let mut last_seen = Instant::now();
    let mut paused_since: Option<Instant> = None;
    let mut last_words = Instant::now();
    loop {
        // While it stands still, only silence of ECS can end the wait.
        let until = paused_since.map_or(deadline, |since| deadline.max(since + SILENCE));
        let look = tokio::select! {
            look = timeout_at(until, subscription.next()) => look,
            () = shutdown.requested() => {
                watched.end = Ended::Cancelled;
                return watched;
            }
        };
        let Ok(look) = look else {
            watched.is_stale = last_seen.elapsed() >= STALE;
            return watched;
        };
        let elapsed = begun.elapsed();
        let snapshot = match look {
            Err(problem) => {
                watched.end = Ended::Unreadable(problem);
                return watched;
            }
            Ok(PollEvent::Trouble(text)) => {
                reporter.line(&format!("{}  {text}", clock(elapsed)));
                watched.timeline.push((elapsed, text));
                last_words = Instant::now();
                continue;
            }
            Ok(PollEvent::Seen(snapshot)) => *snapshot,
        };
        last_seen = Instant::now();
        watched.stopped.extend(snapshot.tasks.stopped.iter().cloned());
        if !snapshot.tasks.unhealthy.is_empty() {
            watched.unhealthy.clone_from(&snapshot.tasks.unhealthy);
        }
        // The clock stands still while a hook awaits a person.
        let now = Instant::now();
        if let Some(since) = paused_since.take() {
            deadline += now - since;
            watched.deadline = deadline;
        }
        paused_since = snapshot.waits_for_a_person().then_some(now);
        let observation = tracker.observe(&snapshot, elapsed);
        if let Some(pause) = &observation.paused {
            reporter.notice(pause);
            watched.timeline.push((elapsed, pause.message.clone()));
        }
        if let Some(warning) = observation.warning {
            reporter.warning(&warning);
            watched.warnings.push(warning);
        }
        if observation.news.is_empty() && last_words.elapsed() >= HEARTBEAT {
            reporter.line(&format!("{}  still {}", clock(elapsed), observation.still));
            last_words = Instant::now();
        }
        for line in observation.news {
            reporter.line(&format!("{}  {line}", clock(elapsed)));
            watched.timeline.push((elapsed, line));
            last_words = Instant::now();
        }
        watched.last = Some(snapshot);
        watched.stands = observation.still;
        if let Some(end) = observation.end {
            watched.end = Ended::Deployment(end);
            return watched;
        }
    }
}
