//! What CodeDeploy gives as the reason of a deployment's end: its error codes (facts of
//! the API reference, `ErrorInformation`) with what they mean for ECS.

use crate::diagnosis::row::Row;

pub(super) const CODEDEPLOY: &[Row] = &[
    Row::decisive(
        &[&["timeout"], &["notification to continue"]],
        "Nobody let the traffic move in time, so CodeDeploy stopped the deployment",
        "Deploy again and let it continue with `aws deploy continue-deployment`, or remove the wait from the deployment group",
    ),
    Row::general(
        &[&["timeout"], &["replacement task set"]],
        "The new tasks were not healthy within the hour that CodeDeploy allows, and nothing that could be read \
         says why",
        "Look at the new tasks and at the health checks of their target group",
    ),
    Row::decisive(
        &[&["manual_stop"]],
        "Somebody stopped the deployment by hand or through the API",
        "Look for StopDeployment in CloudTrail to see who did",
    ),
    Row::decisive(
        &[&["ecs_update_error"]],
        "ECS refused what CodeDeploy asked for: {text}",
        "Compare the AppSpec with the task definition: container, port, network, platform version",
    ),
    Row::decisive(
        &[&["invalid_ecs_service"]],
        "CodeDeploy can't deploy to the service: {text}",
        "Check that the service is ACTIVE and that the deployment group names it",
    ),
    Row::decisive(
        &[&["iam_role_missing", "iam_role_permissions"]],
        "The service role of the deployment group is missing or lacks permissions: {text}",
        "Give the role the policy AWSCodeDeployRoleForECS, and iam:PassRole for the task's roles",
    ),
    Row::decisive(
        &[&["elastic_load_balancing_invalid", "elb_invalid_instance", "elb_"]],
        "CodeDeploy reports a problem with the load balancer of the deployment group: {text}",
        "Check the listeners and both target groups of the deployment group",
    ),
    Row::decisive(
        &[&["hook_execution_failure"]],
        "A hook of the deployment failed, and its diagnostics could not be read",
        "Read the log of the hook's Lambda function",
    ),
];
