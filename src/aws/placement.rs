//! A service's placement, as ECS shows it and as `RunTask` takes it.

use aws_sdk_ecs::operation::run_task::builders::RunTaskFluentBuilder;
use aws_sdk_ecs::types;

use crate::ecs::{CapacityProvider, Launch, Network, Placement};

/// That of the primary deployment or task set, and what only the service itself says.
pub(super) fn placement(from: &types::Service) -> Placement {
    let set = from.task_sets().iter().find(|set| set.status() == Some("PRIMARY"));
    let providers = |own: &[types::CapacityProviderStrategyItem]| own.to_vec();
    let (launch_type, strategy, platform, network) = match set {
        // What a service with task sets was created with is not what it runs now.
        Some(set) => (
            set.launch_type(),
            providers(set.capacity_provider_strategy()),
            set.platform_version(),
            set.network_configuration(),
        ),
        None => (
            from.launch_type(),
            providers(from.capacity_provider_strategy()),
            from.platform_version(),
            from.network_configuration(),
        ),
    };
    let launch = match (strategy.is_empty(), launch_type) {
        (false, _) => Launch::Providers(strategy.iter().map(provider).collect()),
        (true, Some(kind)) => Launch::Type(kind.as_str().to_owned()),
        (true, None) => Launch::Default,
    };
    let network = network.or(from.network_configuration());
    Placement {
        launch,
        platform_version: platform.map(str::to_owned),
        network: network.and_then(|it| it.awsvpc_configuration()).map(|it| Network {
            subnets: it.subnets().to_vec(),
            security_groups: it.security_groups().to_vec(),
            public_ip: it.assign_public_ip().map(|it| it.as_str().to_owned()),
        }),
        constraints: from
            .placement_constraints()
            .iter()
            .filter_map(|it| {
                Some((it.r#type()?.as_str().to_owned(), it.expression().map(str::to_owned)))
            })
            .collect(),
    }
}

fn provider(from: &types::CapacityProviderStrategyItem) -> CapacityProvider {
    CapacityProvider {
        name: from.capacity_provider().to_owned(),
        weight: from.weight(),
        base: from.base(),
    }
}

/// Starts the task where the service starts its own.
pub(super) fn placed(call: RunTaskFluentBuilder, placement: &Placement) -> RunTaskFluentBuilder {
    let call = match &placement.launch {
        Launch::Default => call,
        Launch::Type(kind) => call.launch_type(kind.as_str().into()),
        Launch::Providers(providers) => {
            let items = providers.iter().filter_map(|it| {
                let item = types::CapacityProviderStrategyItem::builder();
                let item = item.capacity_provider(&it.name).weight(it.weight).base(it.base);
                item.build().ok()
            });
            call.set_capacity_provider_strategy(Some(items.collect()))
        }
    };
    let constraints = placement.constraints.iter().map(|(kind, expression)| {
        let constraint = types::PlacementConstraint::builder().r#type(kind.as_str().into());
        constraint.set_expression(expression.clone()).build()
    });
    let constraints: Vec<_> = constraints.collect();
    call.set_platform_version(placement.platform_version.clone())
        .set_network_configuration(placement.network.as_ref().and_then(network))
        .set_placement_constraints((!constraints.is_empty()).then_some(constraints))
}

fn network(of: &Network) -> Option<types::NetworkConfiguration> {
    let configuration = types::AwsVpcConfiguration::builder()
        .set_subnets(Some(of.subnets.clone()))
        .set_security_groups(Some(of.security_groups.clone()))
        .set_assign_public_ip(of.public_ip.as_deref().map(Into::into));
    let configuration = configuration.build().ok()?;
    Some(types::NetworkConfiguration::builder().awsvpc_configuration(configuration).build())
}
