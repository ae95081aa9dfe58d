//! Sending a write again for as long as AWS refuses it for its rate.
//!
//! That refusal means that nothing was done. An account registers one task definition a
//! second, and the jobs of a matrix share that.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::journal::Queue;
use super::stop::Stop;
use crate::aws::{Answer, CallError, Cause};
use crate::problem::Problem;
use crate::reporter::Reporter;
use crate::shutdown::Shutdown;

/// Before the second attempt; then twice as long each time.
const FIRST: Duration = Duration::from_secs(1);
/// Between two attempts at most.
const LONGEST: Duration = Duration::from_secs(20);

/// The SDK repeats a throttled attempt twice by itself, after at most 1 and 2 s: one that
/// begins later than this before the deadline could end after it.
const REPEATED_WITHIN: Duration = Duration::from_secs(3);

/// How long a run waits for its turn.
pub(super) struct Patience<'a> {
    pub(super) deadline: Instant,
    pub(super) shutdown: &'a Shutdown,
    pub(super) reporter: &'a dyn Reporter,
    pub(super) queue: &'a Queue,
}

impl Patience<'_> {
    /// Sends until AWS takes or declines it, the time is up, or the run is to stop; the
    /// refusal of the last attempt is then the answer.
    pub(super) async fn send<T>(&self, write: impl AsyncFn() -> Answer<T>) -> Answer<T> {
        let mut error = match write().await {
            Err(error) if error.cause == Cause::Throttled => error,
            answer => return answer,
        };
        let _turn = tokio::select! {
            turn = self.queue.lock() => turn,
            () = sleep_until(self.deadline) => return Err(error),
            () = self.shutdown.requested() => return Err(error),
        };
        let mut pause = FIRST;
        loop {
            // At random, so that those who were refused together don't come back together.
            let again = Instant::now() + pause.mul_f64(0.5 + fastrand::f64());
            if again + REPEATED_WITHIN >= self.deadline || self.shutdown.is_requested() {
                return Err(error);
            }
            if pause == FIRST {
                let line = format!("AWS throttles this call ({error}); retrying until the timeout");
                self.reporter.line(&line);
            }
            tokio::select! {
                () = sleep_until(again) => {}
                () = self.shutdown.requested() => return Err(error),
            }
            pause = (pause * 2).min(LONGEST);
            error = match write().await {
                Err(error) if error.cause == Cause::Throttled => error,
                answer => return answer,
            };
        }
    }

    /// The same of what is sent only if `look` says so again behind each wait: meanwhile others
    /// may have deployed.
    pub(super) async fn send_while<T>(
        &self,
        write: impl AsyncFn() -> Answer<T>,
        look: impl AsyncFn() -> Result<(), Stop>,
    ) -> Answer<Result<T, Stop>> {
        let was_throttled = Cell::new(false);
        self.send(async || {
            if was_throttled.replace(true)
                && let Err(stop) = look().await
            {
                return Ok(Err(stop));
            }
            write().await.map(Ok)
        })
        .await
    }

    /// What the failure of a write means for the run.
    pub(super) fn stop(&self, error: &CallError, problem: Problem) -> Stop {
        match error.cause {
            Cause::Throttled if self.shutdown.is_requested() => Stop::Cancelled,
            Cause::Throttled => Stop::TimedOut(problem),
            Cause::Denied | Cause::Credentials | Cause::Refused | Cause::Unclear => {
                Stop::Failed(problem)
            }
        }
    }
}
