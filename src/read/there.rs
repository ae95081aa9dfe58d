//! Which services there are, of those that there may be.

use std::collections::HashSet;

use crate::aws::Clients;
use crate::ecs::ServiceStatus;
use crate::names::ServiceName;
use crate::request::AppRequest;

/// Names that one `DescribeServices` takes.
const AT_ONCE: usize = 10;

/// The services of `apps`, all of one cluster, that there are; `None` where that can't be told.
pub(crate) async fn services_there(
    clients: &Clients,
    apps: &[AppRequest],
) -> Option<HashSet<ServiceName>> {
    let target = &apps.first()?.target;
    let ecs = clients.ecs(&target.region);
    let mut there = HashSet::new();
    for some in apps.chunks(AT_ONCE) {
        let names: Vec<ServiceName> = some.iter().map(|app| app.target.service.clone()).collect();
        let services = ecs.services(&target.cluster, &names).await.ok()?;
        for name in names {
            let found = services.find(&name).ok()?;
            if found.is_some_and(|it| it.status == ServiceStatus::Active) {
                there.insert(name);
            }
        }
    }
    Some(there)
}
