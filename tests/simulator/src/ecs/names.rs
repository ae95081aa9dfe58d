//! Clusters and services as requests name them: by name or by ARN.

use crate::ecs::model::{Service, ServiceKey};
use crate::wire::{AwsError, Params};
use crate::world::{Caller, World};

/// The last part of `arn:…:kind/…/name`, or the name itself.
pub(super) fn short(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or(reference)
}

/// The cluster of a request; `default` unless it says which.
pub(super) fn cluster(
    world: &World,
    caller: &Caller,
    params: Params<'_>,
) -> Result<String, AwsError> {
    let name = short(params.text("cluster")?.unwrap_or("default")).to_owned();
    if world.clusters.contains(&(caller.region.clone(), name.clone())) {
        Ok(name)
    } else {
        Err(AwsError::new("ClusterNotFoundException", "Cluster not found."))
    }
}

/// A service of a cluster. The cluster in an ARN must be the one asked.
pub(super) fn service_key(caller: &Caller, cluster: &str, reference: &str) -> ServiceKey {
    let mut parts = reference.rsplit('/');
    let name = parts.next().unwrap_or(reference);
    let is_long_arn = reference.starts_with("arn:") && reference.matches('/').count() == 2;
    let cluster = if is_long_arn { parts.next().unwrap_or(cluster) } else { cluster };
    ServiceKey { region: caller.region.clone(), cluster: cluster.to_owned(), name: name.to_owned() }
}

/// The service that a request names.
pub(super) fn required_service(
    world: &World,
    caller: &Caller,
    params: Params<'_>,
) -> Result<ServiceKey, AwsError> {
    let reference = params.required_text("service")?;
    let cluster = cluster(world, caller, params)?;
    let key = service_key(caller, &cluster, reference);
    if key.cluster != cluster || !world.services.contains_key(&key) {
        return Err(AwsError::new("ServiceNotFoundException", "Service not found."));
    }
    Ok(key)
}

/// The service behind `arn:…:service-deployment/CLUSTER/SERVICE/ID`, and the id.
pub(super) fn within_service<'w, 'a>(
    world: &'w World,
    caller: &Caller,
    kind: &str,
    arn: &'a str,
) -> Result<Option<(&'w Service, &'a str)>, AwsError> {
    let malformed = || AwsError::invalid(format!("Invalid {kind} ARN: {arn}"));
    let path = arn.split_once(&format!(":{kind}/")).ok_or_else(malformed)?.1;
    let [cluster, name, id] = path.split('/').collect::<Vec<_>>()[..] else {
        return Err(malformed());
    };
    if arn.split(':').nth(3) != Some(caller.region.as_str()) {
        return Err(malformed());
    }
    let key = ServiceKey {
        region: caller.region.clone(),
        cluster: cluster.to_owned(),
        name: name.to_owned(),
    };
    Ok(world.services.get(&key).map(|service| (service, id)))
}
