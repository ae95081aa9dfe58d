//! Texts that are there and empty. Tools that leave empty members out hide them, as
//! aws-actions/amazon-ecs-deploy-task-definition does; the files that worked there are
//! told so here.

use super::findings::Findings;
use super::model::Kind;
use super::task::Task;

/// Members of which it is on record that ECS refuses them empty: aws/amazon-ecs-cli#667
/// (`pidMode`, `ipcMode`, and with them `networkMode`), `appProtocol` and
/// `versionConsistency` as terraform-aws-ecs#206 has them, `credentialsParameter` by
/// aws-actions/amazon-ecs-deploy-task-definition#52.
const REFUSED: [&str; 6] = [
    "pidMode",
    "ipcMode",
    "networkMode",
    "appProtocol",
    "versionConsistency",
    "credentialsParameter",
];

pub(super) const EMPTY: &str = "is empty, which ECS refuses";

pub(super) const FILL_IN: &str = "Leave it out, or fill it in.";

pub(super) fn check(task: &Task<'_>, found: &mut Findings) {
    for (object, shape) in &task.objects {
        for (kind, name) in shape.members() {
            let member = object.member(name);
            if !member.is_empty_text() || found.are_there_of(&member) {
                continue;
            }
            if REFUSED.contains(&name) {
                found.error(&member, EMPTY, FILL_IN);
            } else if matches!(kind, Kind::Choice) {
                // Whether ECS takes it for none is not documented.
                let hint = "Leave it out, if that is what is meant.";
                found.warning(&member, "is empty, which is not one of its values", hint);
            }
        }
    }
}
