//! Services, deployments and revisions for the tests of the rooms above.

use std::time::{Duration, SystemTime};

use super::{
    CircuitBreaker, Controller, Counts, Deployment, Lifecycle, Overlap, Placement, Service,
    ServiceArn, ServiceDeployment, ServiceStatus, Task,
};

const ACCOUNT: &str = "arn:aws:ecs:eu-central-1:123456789012";

/// `prod/web1`, ACTIVE, two tasks asked for and running.
pub(crate) fn service(deployments: impl IntoIterator<Item = Deployment>) -> Service {
    let deployments: Vec<Deployment> = deployments.into_iter().collect();
    let arn: ServiceArn = format!("{ACCOUNT}:service/prod/web1").parse().expect("an ARN");
    Service {
        arn,
        status: ServiceStatus::Active,
        controller: Controller::Ecs,
        express: false,
        overlap: Overlap::Rolling { minimum_healthy: 100, maximum: 200 },
        strategy_waits: Duration::ZERO,
        lifecycle: Lifecycle { is_rolling: true, ..Lifecycle::default() },
        target_groups: Vec::new(),
        served: Vec::new(),
        circuit_breaker: CircuitBreaker::default(),
        alarms_roll_back: false,
        is_daemon: false,
        counts: Counts { desired: 2, running: 2, pending: 0, failed: 0 },
        placement: Placement::default(),
        is_on_fargate: true,
        task_definition: deployments.first().and_then(|it| it.task_definition.clone()),
        deployments,
        current_service_deployment: None,
        events: Vec::new(),
    }
}

/// Deployment `ecs-svc/<number>` of the definition `web1:<number>`, created in
/// the order of the numbers.
pub(crate) fn deployment(number: u32, status: &str, rollout_state: Option<&str>) -> Deployment {
    Deployment {
        id: format!("ecs-svc/{number}").parse().expect("an id"),
        made_by: None,
        status: status.into(),
        rollout_state: rollout_state.map(Into::into),
        rollout_reason: None,
        task_definition: Some(
            format!("{ACCOUNT}:task-definition/web1:{number}").parse().expect("an ARN"),
        ),
        counts: Counts { desired: 2, running: 2, pending: 0, failed: 0 },
        created_at: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(number))),
    }
}

/// The service deployment of the deployment with that number.
pub(crate) fn service_deployment(number: u32, status: &str) -> ServiceDeployment {
    ServiceDeployment {
        arn: format!("{ACCOUNT}:service-deployment/prod/web1/id{number}").parse().expect("an ARN"),
        status: status.into(),
        status_reason: None,
        sources: Vec::new(),
        target: Some(
            format!("{ACCOUNT}:service-revision/prod/web1/{number}").parse().expect("an ARN"),
        ),
        counts: Counts::default(),
        production_traffic: None,
        lifecycle_stage: None,
        pauses: Vec::new(),
        rollback: None,
        breaker: None,
        triggered_alarms: Vec::new(),
        alarms_are_off: false,
        created_at: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(number))),
        finished_at: None,
    }
}

#[test]
fn a_task_belongs_to_what_it_names_else_to_the_only_task_set_of_its_definition() {
    let at = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    let set = |number: u32, made_by: Option<&str>| Deployment {
        made_by: made_by.and_then(|it| it.parse().ok()),
        created_at: at(10),
        ..deployment(number, "ACTIVE", None)
    };
    let sets = [set(1, None), set(2, Some("d-ABCDEF123"))];
    let by_codedeploy = Service { controller: Controller::CodeDeploy, ..service(sets.clone()) };
    let task = |started_by: Option<&str>| Task {
        started_by: started_by.map(str::to_owned),
        definition: sets[1].task_definition.clone(),
        created_at: at(20),
        ..Task::default()
    };
    let of = |service: &Service, task: &Task| service.started(task).map(|it| it.to_string());
    for by in [None, Some("d-ABCDEF123"), Some("ecs-svc/2"), Some("CODE_DEPLOY")] {
        assert_eq!(of(&by_codedeploy, &task(by)).as_deref(), Some("ecs-svc/2"), "{by:?}");
    }
    assert_eq!(of(&by_codedeploy, &task(Some("ecs-svc/1"))).as_deref(), Some("ecs-svc/1"));
    // It may be one of a task set that is gone, or of another one.
    let older = Task { created_at: at(5), ..task(None) };
    assert_eq!(of(&by_codedeploy, &older), None);
    let twice =
        [sets[0].clone(), sets[1].clone(), Deployment { id: set(3, None).id, ..sets[1].clone() }];
    let twice = Service { controller: Controller::CodeDeploy, ..service(twice) };
    assert_eq!(of(&twice, &task(None)), None);
    assert_eq!(of(&service(sets.clone()), &task(None)), None);
}
