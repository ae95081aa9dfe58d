//! The wish to stop, as a value that can be waited for and passed in.
//!
//! Who wishes it (the runner's signals, a test) is not known here.

use tokio::sync::watch;

/// Asks everything that holds a [`Shutdown`] of it to stop.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// Told when the run shall stop.
#[derive(Debug, Clone)]
pub struct Shutdown(watch::Receiver<bool>);

/// A pair: the one who asks and the one who is asked.
pub fn shutdown() -> (Stopper, Shutdown) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(sender), Shutdown(receiver))
}

impl Stopper {
    /// Asks for it; asking twice is no harm.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Shutdown {
    /// Whether it was asked for.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is asked for; for ever, where nobody can ask any more.
    pub async fn requested(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|requested| *requested).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
