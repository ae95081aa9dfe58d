//! Where and how a service starts its tasks: what a task of its definition needs that is to
//! run beside them.

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Placement {
    pub launch: Launch,
    /// Of Fargate.
    pub platform_version: Option<String>,
    /// Only of tasks with a network interface of their own.
    pub network: Option<Network>,
    /// The type of each, and its expression.
    pub constraints: Vec<(String, Option<String>)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Launch {
    /// As the cluster does where nothing is said.
    #[default]
    Default,
    Type(String),
    Providers(Vec<CapacityProvider>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapacityProvider {
    pub name: String,
    pub weight: i32,
    pub base: i32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    pub subnets: Vec<String>,
    pub security_groups: Vec<String>,
    /// `ENABLED` or `DISABLED`.
    pub public_ip: Option<String>,
}
