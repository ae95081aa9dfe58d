//! The wish to stop, as a value that can be waited for and passed in.
//!
//! Who wishes it (the runner's signals, a test) is not known here.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

/// Asks everything that holds a [`Shutdown`] of it to stop.
#[derive(Debug)]
pub struct Stopper(watch::Sender<u8>);

/// Told when the run shall stop.
#[derive(Debug, Clone)]
pub struct Shutdown(watch::Receiver<u8>);

/// A pair: the one who asks and the one who is asked.
pub fn shutdown() -> (Stopper, Shutdown) {
    let (sender, receiver) = watch::channel(0);
    (Stopper(sender), Shutdown(receiver))
}

impl Stopper {
    /// Asks for it; asking a second time means at once.
    pub fn stop(&self) {
        self.0.send_modify(|times| *times = times.saturating_add(1));
    }
}

impl Shutdown {
    pub fn is_requested(&self) -> bool {
        *self.0.borrow() > 0
    }

    /// Waits until it is asked for.
    pub async fn requested(&self) {
        self.asked(1).await;
    }

    /// Waits until it is asked for and `grace` has passed, or it is asked for a second time.
    pub async fn requested_before(&self, grace: Duration) {
        self.requested().await;
        tokio::select! {
            () = sleep(grace) => {}
            () = self.insisted() => {}
        }
    }

    /// Waits until it is asked for a second time.
    pub async fn insisted(&self) {
        self.asked(2).await;
    }

    /// For ever, where nobody can ask any more.
    async fn asked(&self, times: u8) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|asked| *asked >= times).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
