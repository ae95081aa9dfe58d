//! What other people ask of CodeDeploy.

use serde_json::{Map, json};

use crate::codedeploy::model::GroupKey;
use crate::codedeploy::{answer, app_spec};
use crate::ecs::task_sets::Balancer;
use crate::wire::Params;
use crate::world::{ACCOUNT, Caller, World};

/// Asked of a group, or of its deployment under way.
#[derive(Debug, Clone)]
pub(crate) enum Order {
    Create { task_definition: String },
    CreateOf { content: String },
    Stop { auto_rollback: Option<bool> },
    Continue { wait_type: String },
}

impl Order {
    /// What AWS refuses is an answer to somebody else.
    pub(crate) fn give(self, world: &mut World, group: &GroupKey) {
        let active = world.codedeploy.active(group).map(|it| it.id.clone());
        let (operation, params) = match self {
            Self::Create { task_definition } => {
                let Some(found) = world.definitions.find(&group.region, &task_definition) else {
                    return;
                };
                let Balancer { container, port, .. } = Balancer::of(found, "");
                let content = app_spec::write(&found.arn, &container, port);
                return Self::CreateOf { content }.give(world, group);
            }
            Self::CreateOf { content } => {
                let revision = json!({ "revisionType": "AppSpecContent",
                    "appSpecContent": { "content": content } });
                let params = json!({ "applicationName": group.application,
                    "deploymentGroupName": group.group, "revision": revision });
                ("CreateDeployment", params)
            }
            Self::Stop { auto_rollback } => {
                let params =
                    json!({ "deploymentId": active, "autoRollbackEnabled": auto_rollback });
                ("StopDeployment", params)
            }
            Self::Continue { wait_type } => {
                let params = json!({ "deploymentId": active, "deploymentWaitType": wait_type });
                ("ContinueDeployment", params)
            }
        };
        let caller = Caller { account: ACCOUNT.into(), region: group.region.clone() };
        let none = Map::new();
        let params = Params(params.as_object().unwrap_or(&none));
        let _ = answer(operation, world, &caller, params);
    }
}
