//! Applications, groups, revisions and deployments as the API shows them.

use serde_json::{Map, Value, json};

use crate::clock::Calendar;
use crate::codedeploy::deployment::{At, Deployment, Status};
use crate::codedeploy::model::{
    Application, CodeDeploy, Content, Group, GroupKey, Registered, RevisionType,
};
use crate::wire::put;

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
    let key = GroupKey {
        region: region.to_owned(),
        application: application.name.clone(),
        group: group.name.clone(),
    };
    let mut view = Map::new();
    view.insert("applicationName".into(), json!(application.name));
    view.insert("deploymentGroupId".into(), json!(group.id));
    view.insert("deploymentGroupName".into(), json!(group.name));
    for name in ["ec2TagFilters", "onPremisesInstanceTagFilters", "autoScalingGroups"] {
        view.insert(name.into(), json!([]));
    }
    view.insert("triggerConfigurations".into(), json!([]));
    view.insert("outdatedInstancesStrategy".into(), json!("UPDATE"));
    view.insert("computePlatform".into(), json!(application.platform));
    view.insert("terminationHookEnabled".into(), json!(false));
    view.extend(group.members.clone());
    let last = |deployment: &Deployment| {
        let mut view = Map::new();
        view.insert("deploymentId".into(), json!(deployment.id));
        view.insert("status".into(), json!(deployment.status.as_str()));
        put(&mut view, "endTime", deployment.completed.map(|it| calendar.stamp(it)));
        view.insert("createTime".into(), calendar.stamp(deployment.created));
        Value::Object(view)
    };
    let successful = codedeploy.last_successful(&key);
    put(&mut view, "targetRevision", successful.map(|it| revision(&it.content, false)));
    put(&mut view, "lastSuccessfulDeployment", successful.map(last));
    let attempted = codedeploy.of_group(&key).max_by_key(|it| it.created);
    put(&mut view, "lastAttemptedDeployment", attempted.map(last));
    Value::Object(view)
}

/// `RevisionLocation`. Only GetApplicationRevision tells the content.
pub(super) fn revision(content: &Content, with_text: bool) -> Value {
    let kind = content.kind;
    if kind == RevisionType::S3 {
        let place = json!({ "bucket": "releases", "key": "appspec.yaml", "bundleType": "YAML" });
        return json!({ "revisionType": kind.as_str(), kind.member(): place });
    }
    let mut inner = Map::new();
    put(&mut inner, "content", with_text.then(|| content.text.clone()));
    inner.insert("sha256".into(), json!(content.sha256));
    json!({ "revisionType": kind.as_str(), kind.member(): inner })
}

/// `GenericRevisionInfo`.
pub(super) fn registered(registered: &Registered, calendar: Calendar) -> Value {
    let mut view = Map::new();
    put(&mut view, "description", registered.description.clone());
    view.insert("deploymentGroups".into(), json!(registered.groups));
    view.insert("firstUsedTime".into(), calendar.stamp(registered.first_used));
    view.insert("lastUsedTime".into(), calendar.stamp(registered.last_used));
    view.insert("registerTime".into(), calendar.stamp(registered.first_used));
    Value::Object(view)
}

/// `DeploymentInfo`.
pub(super) fn deployment(deployment: &Deployment, calendar: Calendar) -> Value {
    let stamp = |time| calendar.stamp(time);
    let mut view = Map::new();
    view.insert("applicationName".into(), json!(deployment.group.application));
    view.insert("deploymentGroupName".into(), json!(deployment.group.group));
    view.insert("deploymentConfigName".into(), json!(deployment.config));
    view.insert("deploymentId".into(), json!(deployment.id));
    let previous = deployment.previous.as_ref();
    put(&mut view, "previousRevision", previous.map(|it| revision(it, false)));
    view.insert("revision".into(), revision(&deployment.content, false));
    view.insert("status".into(), json!(deployment.status.as_str()));
    if let Some(fault) = &deployment.fault {
        let error = json!({ "code": fault.code, "message": fault.message });
        view.insert("errorInformation".into(), error);
    }
    view.insert("createTime".into(), stamp(deployment.created));
    put(&mut view, "startTime", deployment.started.map(stamp));
    put(&mut view, "completeTime", deployment.completed.map(stamp));
    put(&mut view, "deploymentOverview", overview(deployment));
    put(&mut view, "description", deployment.description.clone());
    let rollback = deployment.rolls_back.is_some();
    view.insert("creator".into(), json!(if rollback { "codeDeployRollback" } else { "user" }));
    view.insert("ignoreApplicationStopFailures".into(), json!(false));
    put(&mut view, "autoRollbackConfiguration", deployment.auto_rollback.clone());
    view.insert("updateOutdatedInstancesOnly".into(), json!(false));
    put(&mut view, "rollbackInfo", rollback_info(deployment));
    // Of a deployment to ECS it never becomes true, also while the old task set is kept
    // (aws/containers-roadmap#269).
    view.insert("instanceTerminationWaitTimeStarted".into(), json!(false));
    for name in ["deploymentStyle", "blueGreenDeploymentConfiguration", "loadBalancerInfo"] {
        put(&mut view, name, deployment.group_members.get(name).cloned());
    }
    view.insert("fileExistsBehavior".into(), json!("DISALLOW"));
    view.insert("deploymentStatusMessages".into(), json!([]));
    view.insert("computePlatform".into(), json!("ECS"));
    put(&mut view, "overrideAlarmConfiguration", deployment.override_alarms.clone());
    Value::Object(view)
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
