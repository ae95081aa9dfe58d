//! `apps: workspaces`: which packages of the workspace are apps.

use crate::aws::Clients;
use crate::read::services_there;
use crate::reporter::Reporter;
use crate::request::{AppRequest, Request};
use crate::shutdown::Shutdown;

/// The request for those that have a service; `None` where it stays as it is. So it does, too,
/// where no service is seen: each then says by itself why, and nothing is written.
pub(super) async fn with_a_service(
    request: &Request,
    clients: &Clients,
    shutdown: &Shutdown,
    reporter: &dyn Reporter,
) -> Option<Request> {
    if !request.only_existing {
        return None;
    }
    let there = tokio::select! {
        biased;
        () = shutdown.requested() => None,
        there = services_there(clients, &request.apps) => there,
    }?;
    let is_there = |app: &&AppRequest| there.contains(&app.target.service);
    let (apps, others): (Vec<&AppRequest>, Vec<&AppRequest>) =
        request.apps.iter().partition(is_there);
    if apps.is_empty() {
        return None;
    }
    if !others.is_empty() {
        let names: Vec<&str> = others.iter().map(|app| app.target.service.as_str()).collect();
        let names = names.join(", ");
        reporter.line(&format!("packages left out because no service has their name: {names}"));
    }
    Some(Request { apps: apps.into_iter().cloned().collect(), ..request.clone() })
}
