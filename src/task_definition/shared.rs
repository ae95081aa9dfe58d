//! Volumes that outlive a task, so that those of two versions write to one and the same.

use serde_json::{Map, Value};

use super::definition::TaskDefinition;
use super::normal;

/// A container that may write to such a volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SharedMount {
    pub container: String,
    pub volume: String,
    /// `EFS`.
    pub kind: &'static str,
}

/// What such a volume has, and how it is called.
const KINDS: [(&str, &str); 3] = [
    ("efsVolumeConfiguration", "EFS"),
    ("fsxWindowsFileServerVolumeConfiguration", "FSx"),
    ("s3filesVolumeConfiguration", "S3 Files"),
];
const DOCKER: &str = "dockerVolumeConfiguration";

impl TaskDefinition {
    /// The mounts of shared volumes that may be written to, and that are not in `before`.
    pub(crate) fn newly_shared(&self, before: &Self) -> Vec<SharedMount> {
        let (before, now) = normal::pair(&before.body, &self.body);
        let before: Vec<_> = mounts(&before).into_iter().map(|(volume, _)| volume).collect();
        let now = mounts(&now).into_iter();
        now.filter(|(volume, _)| !before.contains(volume)).map(|(_, mount)| mount).collect()
    }
}

/// Each with the volume that it is of.
fn mounts(definition: &Map<String, Value>) -> Vec<(&Value, SharedMount)> {
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let volumes = definition.get("volumes").and_then(Value::as_array);
    let shared: Vec<_> = volumes.into_iter().flatten().filter_map(shared).collect();
    let mut found = Vec::new();
    for container in list(definition.get("containerDefinitions")) {
        for mount in list(container.get("mountPoints")) {
            let of = shared.iter().find(|(volume, _, _)| volume["name"] == mount["sourceVolume"]);
            let Some((_, what, kind)) = of.filter(|_| mount["readOnly"] != true) else { continue };
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let (container, volume) = (text(&container["name"]), text(&mount["sourceVolume"]));
            found.push((*what, SharedMount { container, volume, kind }));
        }
    }
    found
}

/// The volume, which of them it is whatever its name, and its kind.
fn shared(volume: &Value) -> Option<(&Value, &Value, &'static str)> {
    let of_kind = |(key, kind): &(&str, &'static str)| Some((volume.get(key)?, *kind));
    if let Some((what, kind)) = KINDS.iter().find_map(of_kind) {
        return Some((volume, what, kind));
    }
    // One of Docker goes by its name, and is shared by the tasks of an instance.
    (volume.get(DOCKER)?.get("scope")? == "shared").then(|| (volume, &volume["name"], "Docker"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::task_definition::tests::definition;

    #[test]
    fn only_what_outlives_a_task_and_may_be_written_to_and_is_new_counts() {
        let efs = |root: Option<&str>| json!({ "name": "data", "efsVolumeConfiguration": { "fileSystemId": "fs-1", "rootDirectory": root } });
        let docker = |scope: &str| json!({ "name": "data", "dockerVolumeConfiguration": { "scope": scope } });
        let fsx = json!({ "name": "data", "fsxWindowsFileServerVolumeConfiguration": { "fileSystemId": "fs-1" } });
        let with = |volume: &serde_json::Value, read_only: Option<bool>| {
            definition(&json!({ "family": "a", "volumes": [volume], "containerDefinitions": [
                { "name": "log", "image": "b" },
                { "name": "web", "image": "a", "mountPoints":
                    [{ "sourceVolume": "data", "containerPath": "/data", "readOnly": read_only }] },
            ] }))
        };
        let none = with(&json!({ "name": "data" }), None);
        for (volume, read_only, kind) in [
            (efs(None), None, Some("EFS")),
            (efs(None), Some(false), Some("EFS")),
            (efs(None), Some(true), None),
            (fsx, None, Some("FSx")),
            (docker("shared"), None, Some("Docker")),
            (docker("task"), None, None),
            (json!({ "name": "data", "host": { "sourcePath": "/srv" } }), None, None),
        ] {
            let now = with(&volume, read_only);
            let found = now.newly_shared(&none);
            let found: Vec<_> = found.iter().map(|it| (it.container.as_str(), it.kind)).collect();
            let expected: Vec<_> = kind.map(|kind| ("web", kind)).into_iter().collect();
            assert_eq!(found, expected, "{volume} {read_only:?}");
            assert_eq!(now.newly_shared(&now), [], "{volume}");
        }
        let writable = with(&efs(None), None);
        assert_eq!(with(&efs(Some("/")), None).newly_shared(&writable), [], "the same one");
        assert_eq!(with(&efs(Some("/other")), None).newly_shared(&writable).len(), 1);
        assert_eq!(writable.newly_shared(&with(&efs(None), Some(true))).len(), 1);
    }
}
