//! Deployment configurations: how the traffic moves.

use serde_json::{Value, json};

use crate::codedeploy::app_spec::sha256;
use crate::codedeploy::model::CodeDeploy;

/// What a rollback uses, whatever its group says.
pub(crate) const ALL_AT_ONCE: &str = "CodeDeployDefault.ECSAllAtOnce";

/// Those that every account has, for ECS.
const PREDEFINED: &[(&str, Routing)] = &[
    (ALL_AT_ONCE, Routing::AllAtOnce),
    (
        "CodeDeployDefault.ECSLinear10PercentEvery1Minutes",
        Routing::Linear { percent: 10, minutes: 1 },
    ),
    (
        "CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
        Routing::Linear { percent: 10, minutes: 3 },
    ),
    ("CodeDeployDefault.ECSCanary10Percent5Minutes", Routing::Canary { percent: 10, minutes: 5 }),
    ("CodeDeployDefault.ECSCanary10Percent15Minutes", Routing::Canary { percent: 10, minutes: 15 }),
];

#[derive(Debug, Clone, Copy)]
pub(crate) enum Routing {
    AllAtOnce,
    Linear { percent: u32, minutes: u32 },
    Canary { percent: u32, minutes: u32 },
}

impl Routing {
    /// Percents of traffic for the new task set, each with the minutes until the next.
    pub(crate) fn steps(self) -> Vec<(u32, u32)> {
        match self {
            Self::AllAtOnce => vec![(100, 0)],
            Self::Canary { percent, minutes } => vec![(percent, minutes), (100, 0)],
            Self::Linear { percent, minutes } => {
                let size = percent.clamp(1, 100);
                let shares = (1..).map(|step| step * size).take_while(|share| *share < 100);
                shares.map(|share| (share, minutes)).chain([(100, 0)]).collect()
            }
        }
    }

    fn view(self) -> Value {
        match self {
            Self::AllAtOnce => json!({ "type": "AllAtOnce" }),
            Self::Linear { percent, minutes } => json!({ "type": "TimeBasedLinear",
                "timeBasedLinear": { "linearPercentage": percent, "linearInterval": minutes } }),
            Self::Canary { percent, minutes } => json!({ "type": "TimeBasedCanary",
                "timeBasedCanary": { "canaryPercentage": percent, "canaryInterval": minutes } }),
        }
    }
}

pub(crate) fn routing(codedeploy: &CodeDeploy, name: &str) -> Option<Routing> {
    let predefined = PREDEFINED.iter().find(|(known, _)| *known == name);
    predefined.map(|(_, routing)| *routing).or_else(|| codedeploy.configs.get(name).copied())
}

/// `deploymentConfigInfo`.
pub(crate) fn view(name: &str, routing: Routing, created: Value) -> Value {
    let hex = sha256(name);
    let id =
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32]);
    json!({
        "deploymentConfigId": id,
        "deploymentConfigName": name,
        "createTime": created,
        "computePlatform": "ECS",
        "trafficRoutingConfig": routing.view(),
    })
}
