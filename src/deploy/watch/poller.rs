//! The loop over all deployments that are followed.
//!
//! It belongs to no app: apps subscribe, and every cycle asks for all of them
//! together, ten services and twenty service deployments a call.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::deployment::FollowedDeployment;
use super::poll;
use super::poll_event::PollEvent;
use crate::aws::Clients;
use crate::ecs::Task;
use crate::problem::Problem;
use crate::request::Target;
use crate::rollout::Followed;
use crate::task_definition::TaskDefinition;

/// Between two cycles, unless AWS throttles.
const INTERVAL: Duration = Duration::from_millis(1_300);
/// Added to it at random, so that parallel jobs don't ask in step: a part of the interval.
const JITTER: f64 = 0.075;
/// The first wait after AWS throttles; each further one is twice as long.
const THROTTLED: Duration = Duration::from_secs(3);
/// The longest wait between two cycles while AWS throttles.
const SLOWEST: Duration = Duration::from_secs(30);
/// How much of the interval is left after each good cycle. Who goes back to the shortest at
/// once is throttled at once: the limits are those of the account, and of all its jobs.
const RECOVERY: f64 = 0.98;

/// A handle on the loop; the loop ends with its last handle.
#[derive(Debug, Clone)]
pub(crate) struct Poller {
    newcomers: mpsc::UnboundedSender<FollowedDeployment>,
}

/// What the loop has to say of one deployment.
#[derive(Debug)]
pub(crate) struct Subscription {
    looks: mpsc::UnboundedReceiver<Result<PollEvent, Problem>>,
    /// Whose values are masked.
    masks: Option<Arc<TaskDefinition>>,
}

impl Subscription {
    /// The same with values of variables of `definition` masked where ECS quotes them.
    #[must_use]
    pub(crate) fn masking(self, definition: Arc<TaskDefinition>) -> Self {
        Self { masks: Some(definition), ..self }
    }

    /// The next look; an error is the last one.
    pub(crate) async fn next(&mut self) -> Result<PollEvent, Problem> {
        match (self.looks.recv().await, &self.masks) {
            (Some(Ok(PollEvent::Seen(mut snapshot))), Some(definition)) => {
                let sentences = snapshot.tasks.stopped.iter_mut().flat_map(Task::sentences_mut);
                let events = snapshot.events.iter_mut().map(|event| &mut event.message);
                for text in sentences.chain(events) {
                    *text = definition.masked(text);
                }
                Ok(PollEvent::Seen(snapshot))
            }
            (Some(look), _) => look,
            (None, _) => {
                Err(Problem::new("the loop that asks ECS has ended before the deployment"))
            }
        }
    }
}

impl Poller {
    /// Starts the loop on the current runtime. It asks nothing while nothing is
    /// followed.
    pub(crate) fn start(clients: Clients) -> Self {
        let (newcomers, arrivals) = mpsc::unbounded_channel();
        tokio::spawn(run(clients, arrivals));
        Self { newcomers }
    }

    /// Follows a deployment; the first look is taken at once.
    /// `definition` is what its tasks are started from, if their logs may be read.
    pub(crate) fn follow(
        &self,
        target: Target,
        followed: Followed,
        definition: Option<Arc<TaskDefinition>>,
    ) -> Subscription {
        let (sender, looks) = mpsc::unbounded_channel();
        // Where the loop is gone the subscription says so by itself.
        let _ = self.newcomers.send(FollowedDeployment::new(target, followed, definition, sender));
        Subscription { looks, masks: None }
    }
}

async fn run(clients: Clients, mut arrivals: mpsc::UnboundedReceiver<FollowedDeployment>) {
    let mut followees: Vec<FollowedDeployment> = Vec::new();
    let mut interval = INTERVAL;
    loop {
        followees.retain(FollowedDeployment::is_wanted);
        if followees.is_empty() {
            match arrivals.recv().await {
                Some(newcomer) => followees.push(newcomer),
                None => return,
            }
        }
        while let Ok(newcomer) = arrivals.try_recv() {
            followees.push(newcomer);
        }
        let begun = Instant::now();
        let throttled = poll::run(&clients, &mut followees).await;
        interval = next_interval(interval, throttled);
        let jitter = interval.mul_f64(JITTER * fastrand::f64());
        tokio::select! {
            () = sleep_until(begun + interval + jitter) => {}
            newcomer = arrivals.recv() => match newcomer {
                Some(newcomer) => followees.push(newcomer),
                None => sleep_until(begun + interval + jitter).await,
            },
        }
    }
}

fn next_interval(interval: Duration, throttled: bool) -> Duration {
    if throttled {
        (interval * 2).clamp(THROTTLED, SLOWEST)
    } else if interval > THROTTLED {
        (interval / 2).max(THROTTLED)
    } else {
        interval.mul_f64(RECOVERY).max(INTERVAL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_throttled_comes_back_to_the_pace_slowly() {
        let mut interval = INTERVAL;
        for expected in [3, 6, 12, 24, 30, 30] {
            interval = next_interval(interval, true);
            assert_eq!(interval, Duration::from_secs(expected));
        }
        let mut waited = Duration::ZERO;
        while interval > INTERVAL {
            interval = next_interval(interval, false);
            assert!(interval >= INTERVAL, "{interval:?}");
            waited += interval;
        }
        let minute = Duration::from_secs(60);
        assert!((minute..minute * 2).contains(&waited), "{waited:?}");
    }
}
