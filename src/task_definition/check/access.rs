//! Where a task gets what it needs from elsewhere: roles, secrets, files of variables and
//! file systems.

use super::findings::Findings;
use super::image::placeholder;
use super::node::Node;
use super::task::Task;

pub(super) fn check(task: &Task<'_>, found: &mut Findings) {
    for key in ["taskRoleArn", "executionRoleArn"] {
        check_role(&task.top(key), found);
    }
    for container in &task.containers {
        let log = container.member("logConfiguration").member("secretOptions");
        let secrets = container.member("secrets").items().into_iter().chain(log.items());
        for source in secrets.map(|secret| secret.member("valueFrom")) {
            check_secret_source(&source, found);
        }
        for file in container.member("environmentFiles").items() {
            check_file(&file.member("value"), found);
        }
        let policy = container.member("restartPolicy");
        check_restart_period(&policy.member("restartAttemptPeriod"), found);
    }
    for volume in task.top("volumes").items() {
        check_efs(&volume.member("efsVolumeConfiguration"), found);
    }
}

/// The six parts of an ARN; `None` where something is still to be filled in.
fn arn<'a>(node: &Node<'a>) -> Option<Vec<&'a str>> {
    let text = node.text().filter(|text| text.starts_with("arn:"))?;
    placeholder(text).is_none().then(|| text.splitn(6, ':').collect())
}

/// ECS: "Role is not valid", also for the ARN of something else
/// (aws-samples/aws-modern-application-workshop#9). An account that has other characters
/// than digits is one that is to be filled in.
fn check_role(node: &Node<'_>, found: &mut Findings) {
    let Some(parts) = arn(node) else { return };
    let is_role = matches!(
        parts[..],
        ["arn", _, "iam", "", account, resource]
            if is_account(account) && resource.strip_prefix("role/").is_some_and(|it| !it.is_empty())
    );
    if !is_role {
        found.error(
            node,
            format_args!(
                "is {:?}, which is not the ARN of a role",
                node.text().unwrap_or_default()
            ),
            "A role ARN looks like arn:aws:iam::123456789012:role/NAME.",
        );
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 || text.contains(|c: char| !c.is_ascii_digit())
}

/// Developer guide, "Pass sensitive data to an Amazon ECS container": a full ARN, or the
/// name of a parameter of the same Region. What ECS answers to less is not documented.
fn check_secret_source(node: &Node<'_>, found: &mut Findings) {
    let Some(parts) = arn(node) else { return };
    let is_whole = matches!(
        parts[..],
        ["arn", _, "ssm" | "secretsmanager", region, account, resource]
            if !region.is_empty() && !account.is_empty() && !resource.is_empty()
    );
    let is_of_these = parts.get(2).is_some_and(|it| ["ssm", "secretsmanager"].contains(it));
    if is_of_these && !is_whole {
        found.warning(
            node,
            "is an ARN without a Region, an account or a name",
            "An ARN looks like arn:aws:ssm:REGION:ACCOUNT:parameter/NAME; for a parameter in the same Region its name is enough.",
        );
    }
}

/// ECS API reference, `EnvironmentFile`, and the developer guide, "Pass an environment
/// variable file": the file is an object in S3 and has to end in .env. Whether ECS refuses
/// the definition or only starts no task is not documented.
fn check_file(node: &Node<'_>, found: &mut Findings) {
    if let Some(text) = node.text().filter(|text| placeholder(text).is_none())
        && !text.ends_with(".env")
    {
        let what = format!("is {text:?}, but ECS accepts only files whose name ends in .env");
        found.warning(node, what, "Rename the file in S3.");
    }
}

/// ECS API reference, `ContainerRestartPolicy`: 60 to 1800 seconds. The upper limit may
/// have been raised since.
fn check_restart_period(node: &Node<'_>, found: &mut Findings) {
    let Some(seconds) = node.number() else { return };
    let what = format!("is {seconds}, but ECS accepts 60 to 1800 seconds");
    let hint = "Choose a number within these limits, or leave it out: the default is 300.";
    if seconds < 60 {
        found.error(node, what, hint);
    } else if seconds > 1800 {
        found.warning(node, what, hint);
    }
}

/// ECS API reference, `EFSAuthorizationConfig` and `EFSVolumeConfiguration`; ECS refuses a
/// root directory beside an access point (aws/aws-cdk#10683).
fn check_efs(efs: &Node<'_>, found: &mut Findings) {
    let authorization = efs.member("authorizationConfig");
    let (iam, access_point) = (authorization.member("iam"), authorization.member("accessPointId"));
    let encryption = efs.member("transitEncryption");
    let needs = [(&iam, iam.text() == Some("ENABLED")), (&access_point, access_point.is_set())];
    if let Some((node, _)) = needs.into_iter().find(|(_, is_set)| *is_set)
        && encryption.text() != Some("ENABLED")
    {
        found.error(
            node,
            "needs `transitEncryption`, which is not enabled",
            "Set `transitEncryption` of the volume to \"ENABLED\".",
        );
    }
    let directory = efs.member("rootDirectory");
    if let Some(text) = directory.text().filter(|text| *text != "/")
        && access_point.is_set()
    {
        let what = format!("is {text:?}, but the access point has its own root directory");
        found.error(&directory, what, "Leave it out, or set it to \"/\".");
    }
}
