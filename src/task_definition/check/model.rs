//! What the API's model says of `RegisterTaskDefinition`: which members it knows, of what
//! kind they are, and which an object can't be without.
//!
//! Taken from the service model that AWS publishes (botocore), against which
//! `tests/it/members.rs` holds it. It is no list of what may stand in a definition: a
//! member that it doesn't know is younger than it is.

use super::node::Node;
use Kind::{Choice, Flag, List, Map, Number, Object, Text};

#[derive(Clone, Copy)]
pub(super) enum Kind {
    Text,
    /// Text of which the model lists what it can be.
    Choice,
    Number,
    Flag,
    List(&'static Self),
    /// Texts under keys that people choose.
    Map,
    Object(&'static Shape),
}

/// The members of an object, separated by spaces.
pub(super) struct Shape {
    required: &'static str,
    members: &'static [(Kind, &'static str)],
}

impl Shape {
    const fn of(required: &'static str, members: &'static [(Kind, &'static str)]) -> Self {
        Self { required, members }
    }

    /// The members that the model knows.
    pub(super) fn members(&self) -> impl Iterator<Item = (Kind, &'static str)> + Clone {
        let members = self.members.iter();
        members.flat_map(|(kind, names)| names.split(' ').map(move |name| (*kind, name)))
    }

    /// The members that have to be there.
    pub(super) fn required(&self) -> impl Iterator<Item = &'static str> {
        self.required.split_whitespace()
    }
}

/// The definition and all objects in it that the model knows.
pub(super) fn objects(root: Node<'_>) -> Vec<(Node<'_>, &'static Shape)> {
    let mut all = vec![(root, &DEFINITION)];
    let mut next = 0;
    while let Some((node, shape)) = all.get(next) {
        let members = shape.members().map(|(kind, name)| (kind, node.member(name)));
        let found: Vec<_> = members
            .flat_map(|(kind, member)| match kind {
                Object(shape) => vec![(member, shape)],
                List(Object(shape)) => {
                    member.items().into_iter().map(|item| (item, *shape)).collect()
                }
                _ => Vec::new(),
            })
            .filter(|(node, _)| node.is_object())
            .collect();
        all.extend(found);
        next += 1;
    }
    all
}

static DEFINITION: Shape = Shape::of(
    "family containerDefinitions",
    &[
        (Text, "family taskRoleArn executionRoleArn cpu memory"),
        (Choice, "networkMode pidMode ipcMode"),
        (Flag, "enableFaultInjection"),
        (List(&Choice), "requiresCompatibilities"),
        (List(&Object(&CONTAINER)), "containerDefinitions"),
        (List(&Object(&VOLUME)), "volumes"),
        (List(&Object(&PLACEMENT_CONSTRAINT)), "placementConstraints"),
        (List(&Object(&TAG)), "tags"),
        (List(&Object(&INFERENCE_ACCELERATOR)), "inferenceAccelerators"),
        (Object(&PROXY), "proxyConfiguration"),
        (Object(&EPHEMERAL_STORAGE), "ephemeralStorage"),
        (Object(&RUNTIME_PLATFORM), "runtimePlatform"),
        (Object(&TRUSTED_EXECUTION), "trustedExecutionConfiguration"),
    ],
);

static CONTAINER: Shape = Shape::of(
    "",
    &[
        (Text, "name image hostname user workingDirectory"),
        (Choice, "versionConsistency"),
        (Number, "cpu memory memoryReservation startTimeout stopTimeout"),
        (Flag, "essential disableNetworking privileged readonlyRootFilesystem"),
        (Flag, "interactive pseudoTerminal"),
        (List(&Text), "links entryPoint command dnsServers dnsSearchDomains"),
        (List(&Text), "dockerSecurityOptions credentialSpecs"),
        (Map, "dockerLabels"),
        (List(&Object(&PORT_MAPPING)), "portMappings"),
        (List(&Object(&NAME_AND_VALUE)), "environment"),
        (List(&Object(&ENVIRONMENT_FILE)), "environmentFiles"),
        (List(&Object(&MOUNT_POINT)), "mountPoints"),
        (List(&Object(&VOLUME_FROM)), "volumesFrom"),
        (List(&Object(&SECRET)), "secrets"),
        (List(&Object(&DEPENDENCY)), "dependsOn"),
        (List(&Object(&HOST_ENTRY)), "extraHosts"),
        (List(&Object(&ULIMIT)), "ulimits"),
        (List(&Object(&SYSTEM_CONTROL)), "systemControls"),
        (List(&Object(&RESOURCE_REQUIREMENT)), "resourceRequirements"),
        (Object(&REPOSITORY_CREDENTIALS), "repositoryCredentials"),
        (Object(&RESTART_POLICY), "restartPolicy"),
        (Object(&LINUX_PARAMETERS), "linuxParameters"),
        (Object(&LOG_CONFIGURATION), "logConfiguration"),
        (Object(&HEALTH_CHECK), "healthCheck"),
        (Object(&FIRELENS), "firelensConfiguration"),
    ],
);

static VOLUME: Shape = Shape::of(
    "",
    &[
        (Text, "name"),
        (Flag, "configuredAtLaunch"),
        (Object(&HOST_VOLUME), "host"),
        (Object(&DOCKER_VOLUME), "dockerVolumeConfiguration"),
        (Object(&EFS), "efsVolumeConfiguration"),
        (Object(&S3_FILES), "s3filesVolumeConfiguration"),
        (Object(&FSX), "fsxWindowsFileServerVolumeConfiguration"),
    ],
);

static PLACEMENT_CONSTRAINT: Shape = Shape::of("", &[(Choice, "type"), (Text, "expression")]);

static TAG: Shape = Shape::of("", &[(Text, "key value")]);

static INFERENCE_ACCELERATOR: Shape =
    Shape::of("deviceName deviceType", &[(Text, "deviceName deviceType")]);

static PROXY: Shape = Shape::of(
    "containerName",
    &[(Choice, "type"), (Text, "containerName"), (List(&Object(&NAME_AND_VALUE)), "properties")],
);

static EPHEMERAL_STORAGE: Shape = Shape::of("sizeInGiB", &[(Number, "sizeInGiB")]);

static RUNTIME_PLATFORM: Shape =
    Shape::of("", &[(Choice, "cpuArchitecture operatingSystemFamily")]);

static TRUSTED_EXECUTION: Shape =
    Shape::of("isolationMode", &[(Choice, "isolationMode"), (Text, "attestationPolicy")]);

static REPOSITORY_CREDENTIALS: Shape =
    Shape::of("credentialsParameter", &[(Text, "credentialsParameter")]);

static PORT_MAPPING: Shape = Shape::of(
    "",
    &[
        (Number, "containerPort hostPort"),
        (Choice, "protocol appProtocol"),
        (Text, "name containerPortRange"),
    ],
);

static RESTART_POLICY: Shape = Shape::of(
    "enabled",
    &[(Flag, "enabled"), (Number, "restartAttemptPeriod"), (List(&Number), "ignoredExitCodes")],
);

static NAME_AND_VALUE: Shape = Shape::of("", &[(Text, "name value")]);

static ENVIRONMENT_FILE: Shape = Shape::of("value type", &[(Text, "value"), (Choice, "type")]);

static MOUNT_POINT: Shape =
    Shape::of("", &[(Text, "sourceVolume containerPath"), (Flag, "readOnly")]);

static VOLUME_FROM: Shape = Shape::of("", &[(Text, "sourceContainer"), (Flag, "readOnly")]);

static LINUX_PARAMETERS: Shape = Shape::of(
    "",
    &[
        (Flag, "initProcessEnabled"),
        (Number, "sharedMemorySize maxSwap swappiness"),
        (Object(&CAPABILITIES), "capabilities"),
        (List(&Object(&DEVICE)), "devices"),
        (List(&Object(&TMPFS)), "tmpfs"),
    ],
);

static SECRET: Shape = Shape::of("name valueFrom", &[(Text, "name valueFrom")]);

static DEPENDENCY: Shape =
    Shape::of("containerName condition", &[(Text, "containerName"), (Choice, "condition")]);

static HOST_ENTRY: Shape = Shape::of("hostname ipAddress", &[(Text, "hostname ipAddress")]);

static ULIMIT: Shape =
    Shape::of("name softLimit hardLimit", &[(Choice, "name"), (Number, "softLimit hardLimit")]);

static LOG_CONFIGURATION: Shape = Shape::of(
    "logDriver",
    &[(Choice, "logDriver"), (Map, "options"), (List(&Object(&SECRET)), "secretOptions")],
);

static HEALTH_CHECK: Shape = Shape::of(
    "command",
    &[(List(&Text), "command"), (Number, "interval timeout retries startPeriod")],
);

static SYSTEM_CONTROL: Shape = Shape::of("", &[(Text, "namespace value")]);

static RESOURCE_REQUIREMENT: Shape = Shape::of(
    "type",
    &[(Text, "value"), (Choice, "type"), (Object(&SHARING_STRATEGY), "sharingStrategy")],
);

static SHARING_STRATEGY: Shape = Shape::of("", &[(Object(&NVIDIA_MPS), "nvidiaMps")]);

static NVIDIA_MPS: Shape = Shape::of("memory", &[(Number, "memory maxComputePercent")]);

static FIRELENS: Shape = Shape::of("type", &[(Choice, "type"), (Map, "options")]);

static HOST_VOLUME: Shape = Shape::of("", &[(Text, "sourcePath")]);

static DOCKER_VOLUME: Shape = Shape::of(
    "",
    &[(Choice, "scope"), (Flag, "autoprovision"), (Text, "driver"), (Map, "driverOpts labels")],
);

static EFS: Shape = Shape::of(
    "fileSystemId",
    &[
        (Text, "fileSystemId rootDirectory"),
        (Choice, "transitEncryption"),
        (Number, "transitEncryptionPort"),
        (Object(&EFS_AUTHORIZATION), "authorizationConfig"),
    ],
);

static EFS_AUTHORIZATION: Shape = Shape::of("", &[(Text, "accessPointId"), (Choice, "iam")]);

static S3_FILES: Shape = Shape::of(
    "fileSystemArn",
    &[(Text, "fileSystemArn rootDirectory accessPointArn"), (Number, "transitEncryptionPort")],
);

static FSX: Shape = Shape::of(
    "fileSystemId rootDirectory authorizationConfig",
    &[(Text, "fileSystemId rootDirectory"), (Object(&FSX_AUTHORIZATION), "authorizationConfig")],
);

static FSX_AUTHORIZATION: Shape =
    Shape::of("credentialsParameter domain", &[(Text, "credentialsParameter domain")]);

static CAPABILITIES: Shape = Shape::of("", &[(List(&Text), "add drop")]);

static DEVICE: Shape =
    Shape::of("hostPath", &[(Text, "hostPath containerPath"), (List(&Choice), "permissions")]);

static TMPFS: Shape = Shape::of(
    "containerPath size",
    &[(Text, "containerPath"), (Number, "size"), (List(&Text), "mountOptions")],
);
