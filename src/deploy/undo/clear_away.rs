//! After an undo that succeeded: the revision that failed.

use std::time::Duration;

use tokio::time::sleep;

use crate::deploy::apply::{self, Journal};
use crate::deploy::context::Run;
use crate::request::AppRequest;

/// After the last sight of the failed deployment its tasks drain for a while.
pub(crate) const LOOKS: usize = 10;
const BETWEEN: Duration = Duration::from_secs(3);

/// Deregisters the failed revision of this run, so that nobody's "newest
/// revision" picks it up, as soon as no deployment starts tasks from it; says
/// what became of it, where there is one. Looks so often, 3 s apart.
pub(crate) async fn clear_away(
    run: &Run<'_>,
    app: &AppRequest,
    journal: &Journal,
    looks: usize,
) -> Option<String> {
    let ecs = run.clients.ecs(&app.target.region);
    let mut note = None;
    for look in 0..looks {
        if look > 0 {
            tokio::select! {
                () = sleep(BETWEEN) => {}
                () = run.shutdown.requested() => break,
            }
        }
        journal.entries().registered()?;
        note = apply::deregister_unused(&ecs, &app.target, journal, run.reporter).await;
        if journal.entries().registered().is_none() {
            break;
        }
    }
    note
}
