//! Clusters and services as requests name them: by name or by ARN.

use crate::ecs::model::{Service, ServiceKey};
use crate::wire::{Answered, AwsError, Params, bail};
use crate::world::World;

/// The last part of `arn:…:kind/…/name`, or the name itself.
pub(super) fn short(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or(reference)
}

/// The cluster of a request; `default` unless it says which.
pub(super) fn cluster(world: &World, params: Params<'_>) -> Answered<String> {
    let name = short(params.text("cluster")?.unwrap_or("default")).to_owned();
    if world.clusters.contains(&(params.region.to_owned(), name.clone())) {
        Ok(name)
    } else {
        Err(AwsError::new("ClusterNotFoundException", "Cluster not found."))
    }
}

/// A service of a cluster. The cluster in an ARN must be the one asked.
pub(super) fn service_key(region: &str, cluster: &str, reference: &str) -> ServiceKey {
    let mut parts = reference.rsplit('/');
    let name = parts.next().unwrap_or(reference);
    let is_long_arn = reference.starts_with("arn:") && reference.matches('/').count() == 2;
    let cluster = if is_long_arn { parts.next().unwrap_or(cluster) } else { cluster };
    ServiceKey::new(region, cluster, name)
}

/// The service that a request names.
pub(super) fn required_service(world: &World, params: Params<'_>) -> Answered<ServiceKey> {
    let reference = params.required_text("service")?;
    let cluster = cluster(world, params)?;
    let key = service_key(params.region, &cluster, reference);
    if key.cluster != cluster || !world.services.contains_key(&key) {
        bail!("ServiceNotFoundException", "Service not found.");
    }
    Ok(key)
}

/// The service behind `arn:…:service-deployment/CLUSTER/SERVICE/ID`, and the id.
pub(super) fn within_service<'w, 'a>(
    world: &'w World,
    region: &str,
    kind: &str,
    arn: &'a str,
) -> Answered<Option<(&'w Service, &'a str)>> {
    let malformed = || AwsError::invalid(format!("Invalid {kind} ARN: {arn}"));
    let path = arn.split_once(&format!(":{kind}/")).ok_or_else(malformed)?.1;
    let [cluster, name, id] = path.split('/').collect::<Vec<_>>()[..] else {
        return Err(malformed());
    };
    if arn.split(':').nth(3) != Some(region) {
        return Err(malformed());
    }
    let key = ServiceKey::new(region, cluster, name);
    Ok(world.services.get(&key).map(|service| (service, id)))
}
