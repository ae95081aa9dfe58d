//! Sentences about what is refused before the first write because of the
//! service, the account or the inputs.

use expect_test::{Expect, expect};
use simulator::{Fault, Image, ServiceBuilder, Simulator, When};

use crate::scene::Scene;

#[tokio::test(start_paused = true)]
async fn a_service_that_is_not_there_is_refused() {
    let scene = Scene::ready();
    expect![[r#"
        there is no service web2 in the cluster prod (eu-central-1)
        Check `service`, `cluster` and `region`, and that the credentials are those of the right account. These credentials are assumed-role/deployer/session of account 123456789012."#]].assert_eq(&scene.refusal(&[("service", "web2")]).await);
    expect![[r#"
        there is no cluster stage in eu-central-1
        Check `cluster` and `region`, and that the credentials are those of the right account. These credentials are assumed-role/deployer/session of account 123456789012."#]]
    .assert_eq(&scene.refusal(&[("cluster", "stage")]).await);
    expect![[r#"
        there is no cluster prod in eu-west-1
        Check `cluster` and `region`, and that the credentials are those of the right account. These credentials are assumed-role/deployer/session of account 123456789012."#]]
    .assert_eq(&scene.refusal(&[("region", "eu-west-1")]).await);
}

/// Before the image was found, and after.
#[tokio::test(start_paused = true)]
async fn a_refusal_sets_every_output_that_is_known() {
    let scene = Scene::ready();
    let step = scene.deploy(&[("version", "v9.9.9")]).await;
    assert_eq!((step.result(), step.output("version")), ("refused", "9.9.9"));
    let decided = Scene::empty();
    let arm = Image::linux_arm64().content("1.4.2");
    decided.sim.repository("web1").push("1.4.1", Image::linux_amd64().content("1.4.1"));
    decided.sim.repository("web1").push("1.4.2", arm);
    decided.sim.service("prod", "web1").running_version("1.4.1").desired(2).start();
    let late = decided.deploy(&[]).await;
    assert_eq!((late.result(), late.output("image-tag")), ("refused", "1.4.2"));
    assert_eq!(late.output("image-digest"), decided.digest("1.4.2"));
    for step in [step, late] {
        let runs = ["running-version", "previous-version"].map(|name| step.output(name));
        assert_eq!(runs, ["1.4.1", "1.4.1"], "{}", step.said("error"));
        step.says("error", "which runs 1.4.1");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_ecs_does_not_deploy_by_itself_is_refused() {
    type Kind = fn(ServiceBuilder) -> ServiceBuilder;
    let kinds: [(Kind, Expect); 4] = [
        (
            ServiceBuilder::inactive,
            expect![[r#"
                service web1 (cluster prod, eu-central-1) is INACTIVE, not ACTIVE
                A service that is being deleted can't be deployed to."#]],
        ),
        (
            ServiceBuilder::draining,
            expect![[r#"
                service web1 (cluster prod, eu-central-1) is DRAINING, not ACTIVE
                A service that is being deleted can't be deployed to."#]],
        ),
        (
            ServiceBuilder::external,
            expect![[r#"
                deployments of service web1 (cluster prod, eu-central-1) are made by an external controller (task sets)
                Deploy it with the controller that owns its task sets."#]],
        ),
        (
            ServiceBuilder::express,
            expect![[r#"
                service web1 (cluster prod, eu-central-1) is managed by ECS Express Mode
                Change it with Express Mode's own call: aws ecs update-express-gateway-service --region eu-central-1 --service-arn arn:aws:ecs:eu-central-1:123456789012:service/prod/web1 --primary-container image=REPOSITORY:TAG"#]],
        ),
    ];
    for (kind, expected) in kinds {
        let scene = Scene::empty();
        scene.sim.repository("web1").push("1.4.1", Image::linux_amd64());
        kind(scene.sim.service("prod", "web1").running_version("1.4.1")).start();
        expected.assert_eq(&scene.refusal(&[]).await);
        // Known after the first round trip: nothing more is looked for but what runs.
        let mut asked: std::collections::BTreeSet<String> =
            scene.sim.requests().into_iter().map(|it| it.operation).collect();
        asked.remove("DescribeTaskDefinition");
        assert!(asked.iter().eq(["DescribeServices", "ListServiceDeployments"]), "{asked:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_of_another_account_is_refused() {
    let scene = Scene::ready();
    expect![[r#"
        service web1 (cluster prod, eu-central-1) belongs to account 123456789012, and `account` asks for 444455556666
        These credentials are for another account than the one you meant."#]].assert_eq(&scene.refusal(&[("account", "444455556666")]).await);
    let step = scene.deploy(&[("account", simulator::ACCOUNT), ("dry-run", "true")]).await;
    assert_eq!(step.result(), "planned");
}

#[tokio::test(start_paused = true)]
async fn a_read_that_is_denied_is_refused_with_the_permission_to_add() {
    for (operation, expected) in [
        (
            "DescribeServices",
            expect![[r#"
                ecs:DescribeServices on service web1 (cluster prod, eu-central-1) failed: AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/deployer/session is not authorized to perform: ecs:DescribeServices on resource: * because no identity-based policy allows the ecs:DescribeServices action
                Allow ecs:DescribeServices in the IAM policy of the role that this step uses."#]],
        ),
        (
            "DescribeTaskDefinition",
            expect![[r#"
                ecs:DescribeTaskDefinition on task definition arn:aws:ecs:eu-central-1:123456789012:task-definition/web1:1 failed: AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/deployer/session is not authorized to perform: ecs:DescribeTaskDefinition on resource: * because no identity-based policy allows the ecs:DescribeTaskDefinition action
                Allow ecs:DescribeTaskDefinition in the IAM policy of the role that this step uses."#]],
        ),
    ] {
        let scene = Scene::ready();
        scene.sim.fault(operation, When::Always, Fault::AccessDenied);
        expected.assert_eq(&scene.refusal(&[]).await);
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_that_are_no_longer_valid_are_named_as_the_cause() {
    let scene = Scene::ready();
    scene.sim.fault("*", When::Always, Fault::ExpiredToken);
    expect![[r#"
        ecs:DescribeServices on service web1 (cluster prod, eu-central-1) failed: ExpiredTokenException: The security token included in the request is expired
        The credentials have expired. Raise role-duration-seconds of aws-actions/configure-aws-credentials (the role's maximum session duration must allow it), or run it right before this step."#]].assert_eq(&scene.refusal(&[]).await);
}

#[tokio::test(start_paused = true)]
async fn an_aws_that_does_not_answer_ends_the_step_and_writes_nothing() {
    let faults: [(Fault, Expect); 3] = [
        (
            Fault::Timeout { applied: false },
            expect![[r#"
                ecs:DescribeServices on service web1 (cluster prod, eu-central-1) failed: no answer in time
                This may be a temporary problem of the network or of AWS; run the step again."#]],
        ),
        (
            Fault::Status(500),
            expect![[r#"
                ecs:DescribeServices on service web1 (cluster prod, eu-central-1) failed: ServerException: Service Unavailable. Please try again later.
                This may be a temporary problem of the network or of AWS; run the step again."#]],
        ),
        (
            Fault::HtmlError,
            expect![[r#"
                ecs:DescribeServices on service web1 (cluster prod, eu-central-1) failed: an answer that can't be read (HTTP status 503)
                This may be a temporary problem of the network or of AWS; run the step again."#]],
        ),
    ];
    for (fault, expected) in faults {
        let scene = Scene::ready();
        scene.sim.fault("DescribeServices", When::Always, fault);
        expected.assert_eq(&scene.refusal(&[]).await);
    }
}

#[tokio::test(start_paused = true)]
async fn wrong_inputs_are_told_together_before_any_call() {
    let scene = Scene::ready();
    let step = scene
        .deploy(&[("wait", "flase"), ("desired-count", "-1"), ("repository", "public.ecr.aws/a/b")])
        .await;
    assert_eq!((step.result(), step.code), ("refused", 2));
    assert_eq!(step.requests.len(), 0);
    expect![[r#"
        input `repository`: "public.ecr.aws/a/b" is in the public gallery of ECR; versions are looked up in private repositories only
        Give the whole reference as the input image
        input `wait`: "flase" is not accepted; use true or false
        did you mean `false`?
        input `desired-count`: "-1" is not a whole number from 0 to 2147483647"#]].assert_eq(&step.said("error"));
}

/// What a service is that gives its definition away while the step looks.
#[tokio::test(start_paused = true)]
async fn a_service_that_changes_while_the_step_decides_is_refused() {
    let scene = Scene::ready();
    let elsewhere = other_definition(&scene.sim);
    // Slow enough for somebody to come in between plan and update.
    scene.sim.latency(std::time::Duration::from_millis(100));
    scene.sim.after(
        std::time::Duration::from_millis(350),
        simulator::Act::deploy("prod", "web1", &elsewhere),
    );
    let step = scene.deploy(&[]).await;
    step.is("refused");
    assert_eq!(step.writes(), ["RegisterTaskDefinition", "DeregisterTaskDefinition"]);
    let truth = scene.sim.truth("prod", "web1");
    let said = step.said("error").replace(&truth.newest().deployment_id, "DEPLOYMENT");
    expect![[r#"
        1.4.2 was not deployed to web1, which runs 1.4.1: service web1 (cluster prod, eu-central-1) changed while this run was deciding: its deployment is now DEPLOYMENT (ACTIVE) (the revision web1:2 that this run registered was deregistered)
        Somebody else deployed at the same time. Look at what runs now and run this step again; a `concurrency` group in the workflow keeps two runs apart."#]].assert_eq(&said);
    assert_eq!(truth.newest().task_definition, elsewhere, "the other one goes on");
}

fn other_definition(sim: &Simulator) -> String {
    let image = sim.image("web1:1.4.1");
    sim.task_definition("other").container("web1", &image).register()
}

#[tokio::test(start_paused = true)]
async fn a_daemon_has_no_desired_count_to_set() {
    let scene = Scene::with_images(&["1.4.1", "1.4.2"]);
    let service = scene.sim.service("prod", "web1").running_version("1.4.1");
    service.with("schedulingStrategy", serde_json::json!("DAEMON")).start();
    expect![[r#"
        `desired-count` is given, and service web1 (cluster prod, eu-central-1) is a DAEMON service: it runs one task on each of its container instances
        Remove it: how many tasks run follows from the instances."#]].assert_eq(&scene.refusal(&[("desired-count", "3")]).await);
    let step = scene.deploy(&[]).await;
    step.is("deployed");
    assert!(step.only("UpdateService").body.get("desiredCount").is_none());
}
