//! Applications, groups, revisions and deployments as the API shows them.

use serde_json::{Value, json};

use crate::clock::Calendar;
use crate::codedeploy::deployment::{At, Deployment, Status};
use crate::codedeploy::model::{
    Application, CodeDeploy, Content, Group, GroupKey, Registered, RevisionType,
};
use crate::wire::{extend, present};

/// `ApplicationInfo`.
pub(super) fn application(application: &Application, calendar: Calendar) -> Value {
    json!({
        "applicationId": application.id,
        "applicationName": application.name,
        "createTime": calendar.stamp(application.created),
        "linkedToGitHub": false,
        "computePlatform": application.platform,
    })
}

/// `DeploymentGroupInfo`.
pub(super) fn group(
    codedeploy: &CodeDeploy,
    (application, group): (&Application, &Group),
    region: &str,
    calendar: Calendar,
) -> Value {
    let key = GroupKey::new(region, &application.name, &group.name);
    let last = |deployment: &Deployment| {
        present(json!({
            "deploymentId": deployment.id,
            "status": deployment.status.as_str(),
            "endTime": deployment.completed.map(|it| calendar.stamp(it)),
            "createTime": calendar.stamp(deployment.created),
        }))
    };
    let successful = codedeploy.last_successful(&key);
    let mut view = present(json!({
        "applicationName": application.name,
        "deploymentGroupId": group.id,
        "deploymentGroupName": group.name,
        "ec2TagFilters": [],
        "onPremisesInstanceTagFilters": [],
        "autoScalingGroups": [],
        "triggerConfigurations": [],
        "outdatedInstancesStrategy": "UPDATE",
        "computePlatform": application.platform,
        "terminationHookEnabled": false,
        "targetRevision": successful.map(|it| revision(&it.content, false)),
        "lastSuccessfulDeployment": successful.map(last),
        "lastAttemptedDeployment": codedeploy.of_group(&key).max_by_key(|it| it.created).map(last),
    }));
    extend(&mut view, &group.members);
    view
}

/// `RevisionLocation`. Only GetApplicationRevision tells the content.
pub(super) fn revision(content: &Content, with_text: bool) -> Value {
    let kind = content.kind;
    if kind == RevisionType::S3 {
        let place = json!({ "bucket": "releases", "key": "appspec.yaml", "bundleType": "YAML" });
        return json!({ "revisionType": kind.as_str(), kind.member(): place });
    }
    let text = with_text.then_some(&content.text);
    let inner = present(json!({ "content": text, "sha256": content.sha256 }));
    json!({ "revisionType": kind.as_str(), kind.member(): inner })
}

/// `GenericRevisionInfo`.
pub(super) fn registered(registered: &Registered, calendar: Calendar) -> Value {
    present(json!({
        "description": registered.description,
        "deploymentGroups": registered.groups,
        "firstUsedTime": calendar.stamp(registered.first_used),
        "lastUsedTime": calendar.stamp(registered.last_used),
        "registerTime": calendar.stamp(registered.first_used),
    }))
}

/// `DeploymentInfo`.
pub(super) fn deployment(deployment: &Deployment, calendar: Calendar) -> Value {
    let stamp = |time| calendar.stamp(time);
    let fault = deployment.fault.as_ref();
    let is_rollback = deployment.rolls_back.is_some();
    let of_group = |name: &str| deployment.group_members.get(name);
    present(json!({
        "applicationName": deployment.group.application,
        "deploymentGroupName": deployment.group.group,
        "deploymentConfigName": deployment.config,
        "deploymentId": deployment.id,
        "previousRevision": deployment.previous.as_ref().map(|it| revision(it, false)),
        "revision": revision(&deployment.content, false),
        "status": deployment.status.as_str(),
        "errorInformation": fault.map(|it| json!({ "code": it.code, "message": it.message })),
        "createTime": stamp(deployment.created),
        "startTime": deployment.started.map(stamp),
        "completeTime": deployment.completed.map(stamp),
        "deploymentOverview": overview(deployment),
        "description": deployment.description,
        "creator": if is_rollback { "codeDeployRollback" } else { "user" },
        "ignoreApplicationStopFailures": false,
        "autoRollbackConfiguration": deployment.auto_rollback,
        "updateOutdatedInstancesOnly": false,
        "rollbackInfo": rollback_info(deployment),
        // Of a deployment to ECS it never becomes true, also while the old task set is kept
        // (aws/containers-roadmap#269).
        "instanceTerminationWaitTimeStarted": false,
        "deploymentStyle": of_group("deploymentStyle"),
        "blueGreenDeploymentConfiguration": of_group("blueGreenDeploymentConfiguration"),
        "loadBalancerInfo": of_group("loadBalancerInfo"),
        "fileExistsBehavior": "DISALLOW",
        "deploymentStatusMessages": [],
        "computePlatform": "ECS",
    }))
}

/// Counts of targets, which is one; only when the deployment is over.
fn overview(deployment: &Deployment) -> Option<Value> {
    let over = deployment.at == At::Over && deployment.started.is_some();
    let mut counts = json!({
        "Pending": 0, "InProgress": 0, "Succeeded": 0, "Failed": 0, "Skipped": 0, "Ready": 0,
    });
    let done = deployment.status == Status::Succeeded;
    counts[if done { "Succeeded" } else { "Failed" }] = json!(1);
    over.then_some(counts)
}

/// `rollbackInfo`, in the words of either side.
fn rollback_info(deployment: &Deployment) -> Option<Value> {
    let id = &deployment.id;
    if let Some(undone) = &deployment.rolls_back {
        return Some(json!({
            "rollbackTriggeringDeploymentId": undone,
            "rollbackMessage":
                format!("Deployment {id} is triggered to roll back deployment {undone}."),
        }));
    }
    let rollback = deployment.rolled_back_by.as_ref()?;
    Some(json!({
        "rollbackDeploymentId": rollback,
        "rollbackMessage": format!(
            "Deployment {id} terminated. Automatic rollback is triggered with a DeploymentId \
             {rollback}."
        ),
    }))
}
