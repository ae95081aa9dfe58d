//! A random story of one step under CodeDeploy: how the group is set up, what the new
//! image and the hooks do, what others do meanwhile, and what goes wrong on the way.
//! The same seed tells the same story.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Act, Behaviour, CodeDeployAnswers, Fault, Hook, Image, Lag, Pace, When};

use super::super::random::{Conditions, Random};
use crate::codedeploy::{APPLICATION, GROUP};
use crate::scene::Scene;

/// One story; everything in it follows from the seed.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) desired: u32,
    group: Group,
    hooks: Vec<(&'static str, Hook)>,
    pub(super) behaviour: Behaviour,
    /// Somebody else's deployment, and how long before the step it was made.
    pub(super) earlier: Option<Duration>,
    pub(super) acts: Vec<(Duration, Deed)>,
    pub(super) inputs: Inputs,
    pub(super) cancelled_at: Option<Duration>,
    pub(super) conditions: Conditions,
    /// Of CreateDeployment, once.
    pub(super) at_creation: Option<Fault>,
    /// Whether the steps of deployments may not be read.
    pub(super) is_blind: bool,
    answers: CodeDeployAnswers,
}

#[derive(Debug)]
struct Group {
    config: &'static str,
    rolls_back_on: &'static [&'static str],
    has_alarm: bool,
    /// Minutes that it waits for a person.
    gate: Option<u32>,
    /// Minutes that it keeps the old tasks; `None`: for ever.
    keeps: Option<u32>,
    is_tested: bool,
    queue: Duration,
    /// Whether what runs is known to it as a deployment.
    has_past: bool,
}

/// What the versions were built as: 1.4.1 runs, the step brings 1.4.2, and others 1.5.0.
struct Digests {
    old: String,
    new: String,
    third: String,
}

/// What the step is told.
#[derive(Debug)]
pub(super) struct Inputs {
    pub(super) undoes: bool,
    pub(super) undoes_timeout: bool,
    pub(super) until_traffic: bool,
    pub(super) max_failed_tasks: Option<&'static str>,
    pub(super) in_flight: &'static str,
}

/// What somebody else does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Deed {
    Stops(Option<bool>),
    LetsTrafficMove,
    RemovesTheOldTasks,
    DeploysAnother,
    SetsOffTheAlarm,
    TurnsOffTheAlarm,
    DeletesTheService,
    Scales(u32),
    KillsTasks,
    BreaksTheOldImage,
    RepairsTheNewImage,
    MovesTheOldTag,
    MovesTheNewTag,
}

const FAILURE: &str = "DEPLOYMENT_FAILURE";
const ALARM: &str = "DEPLOYMENT_STOP_ON_ALARM";
const REQUEST: &str = "DEPLOYMENT_STOP_ON_REQUEST";

const HOOKS: [&str; 5] = [
    "BeforeInstall",
    "AfterInstall",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AfterAllowTraffic",
];

/// What is asked while the deployment is watched.
const WATCHED: [&str; 6] = [
    "*",
    "DescribeServices",
    "GetDeployment",
    "GetDeploymentTarget",
    "StopDeployment",
    "ListTasks",
];

impl Story {
    pub(super) fn tell(seed: u64) -> Self {
        let mut random = Random::with_seed(seed);
        let earlier = random.sometimes(6).then(|| random.time(300));
        let hooks = (0..random.one_of(&[0, 0, 1, 1, 2]))
            .map(|_| (random.one_of(&HOOKS), hook(&mut random)))
            .collect();
        Self {
            desired: random.one_of(&[1, 1, 2, 2, 3, 3, 0]),
            group: Group::tell(&mut random),
            hooks,
            behaviour: random.behaviour(7),
            earlier,
            acts: (0..random.one_of(&[0, 0, 1, 1, 2, 3]))
                .map(|_| Deed::tell(&mut random))
                .collect(),
            inputs: Inputs::tell(&mut random),
            cancelled_at: random.sometimes(8).then(|| random.time(200)),
            conditions: Conditions {
                times_faster: random.one_of(&[1.0, 1.0, 3.0, 5.0, 10.0, 30.0]),
                lag: Lag {
                    listing: random.lag(60),
                    describe_services: random.lag(20),
                    ..Lag::default()
                },
                latency: Duration::from_millis(random.one_of(&[0, 0, 20, 150, 300])),
                outages: (0..random.one_of(&[0, 0, 0, 1, 2, 4]))
                    .map(|_| random.outage(&WATCHED, true))
                    .collect(),
            },
            at_creation: random.sometimes(10).then(|| random.lost_answer()),
            is_blind: random.sometimes(12),
            answers: CodeDeployAnswers {
                pending_events: !random.sometimes(3),
                task_set_labels: !random.sometimes(3),
                ..CodeDeployAnswers::default()
            },
        }
    }

    /// Whether tasks of the new version die or never become healthy.
    pub(super) fn is_doomed(&self) -> bool {
        let works = matches!(self.behaviour, Behaviour::Healthy { .. });
        !works || self.does(Deed::KillsTasks)
    }

    pub(super) fn does(&self, deed: Deed) -> bool {
        self.acts.iter().any(|(_, it)| *it == deed)
    }

    pub(super) fn has_gate(&self) -> bool {
        self.group.gate.is_some()
    }

    /// Puts everything in place, and lets time pass until the step begins.
    pub(super) async fn scene(&self) -> Scene {
        let scene = Scene::empty();
        let sim = &scene.sim;
        let repository = sim.repository("web1");
        let old = repository.push("1.4.1", Image::linux_amd64().content("1.4.1"));
        let new = repository.push("1.4.2", Image::linux_amd64().content("1.4.2"));
        let third = repository.push("1.5.0", Image::linux_amd64().content("1.5.0"));
        sim.task_definition("other").container("web1", &sim.image("web1:1.5.0")).register();
        let service = sim.service("prod", "web1").running_version("1.4.1");
        service.code_deploy().desired(self.desired).start();
        sim.linear_deployment_config("HalfEveryMinute", 50, 1);
        sim.canary_deployment_config("TenthForTwoMinutes", 10, 2);
        self.group.create(&scene);
        sim.behaves(&new, self.behaviour.clone());
        for (event, hook) in &self.hooks {
            sim.hook(event, hook.clone());
        }
        sim.pace(Pace::real().faster(self.conditions.times_faster));
        if let Some(before) = self.earlier {
            sim.act(Act::create_deployment(APPLICATION, GROUP, "other:1"));
            tokio::time::sleep(before).await;
        }
        let digests = Digests { old, new, third };
        self.plan_trouble(&scene, &digests);
        scene
    }

    fn plan_trouble(&self, scene: &Scene, digests: &Digests) {
        let sim = &scene.sim;
        sim.codedeploy_answers(self.answers);
        self.conditions.begin(sim);
        for (at, deed) in &self.acts {
            sim.after(*at, deed.act(digests));
        }
        if let Some(fault) = &self.at_creation {
            sim.fault("CreateDeployment", When::Nth(1), fault.clone());
        }
        if self.is_blind {
            sim.fault("GetDeploymentTarget", When::Always, Fault::AccessDenied);
        }
    }

    /// What the step is told, as inputs.
    pub(super) fn with(&self, scene: &Scene) -> Vec<(&'static str, String)> {
        let Inputs { undoes, undoes_timeout, until_traffic, max_failed_tasks, in_flight } =
            self.inputs;
        let either = |is: bool, yes: &str, no: &str| (if is { yes } else { no }).to_owned();
        let mut with = vec![
            ("timeout", "8m".to_owned()),
            ("on-failure", either(undoes, "undo", "keep")),
            ("on-timeout", either(undoes_timeout, "undo", "keep")),
            ("wait-until", either(until_traffic, "traffic", "done")),
            ("in-flight", in_flight.to_owned()),
        ];
        with.extend(max_failed_tasks.map(|count| ("max-failed-tasks", count.to_owned())));
        if !self.hooks.is_empty() {
            let path = scene.file("appspec.json", self.app_spec().to_string());
            with.push(("codedeploy-appspec", path));
        }
        with
    }

    /// Every hook asks the function of its own name.
    fn app_spec(&self) -> Value {
        let hooks: Vec<Value> =
            self.hooks.iter().map(|(event, _)| json!({ *event: event })).collect();
        json!({
            "version": 0.0,
            "Resources": [{ "TargetService": {
                "Type": "AWS::ECS::Service",
                "Properties": {
                    "TaskDefinition": "<TASK_DEFINITION>",
                    "LoadBalancerInfo": { "ContainerName": "web1", "ContainerPort": 8080 },
                },
            } }],
            "Hooks": hooks,
        })
    }
}

impl Group {
    fn tell(random: &mut Random) -> Self {
        Self {
            config: random.one_of(&[
                "CodeDeployDefault.ECSAllAtOnce",
                "CodeDeployDefault.ECSAllAtOnce",
                "HalfEveryMinute",
                "TenthForTwoMinutes",
                "CodeDeployDefault.ECSLinear10PercentEvery1Minutes",
            ]),
            rolls_back_on: random.one_of::<&[&str]>(&[
                &[],
                &[],
                &[FAILURE],
                &[FAILURE, ALARM],
                &[FAILURE, ALARM, REQUEST],
                &[REQUEST],
            ]),
            has_alarm: random.sometimes(3),
            gate: random.sometimes(5).then(|| random.one_of(&[1, 5, 60])),
            keeps: random.one_of(&[Some(0), Some(5), Some(5), Some(60), None]),
            is_tested: !random.sometimes(3),
            queue: if random.sometimes(8) { random.time(60) } else { Duration::ZERO },
            has_past: random.sometimes(2),
        }
    }

    fn create(&self, scene: &Scene) {
        let group = scene.sim.deployment_group(APPLICATION, GROUP).service("prod", "web1");
        let mut group = group.config(self.config).queues_for(self.queue);
        if !self.rolls_back_on.is_empty() {
            group = group.auto_rollback(self.rolls_back_on);
        }
        if self.has_alarm {
            group = group.alarms(&["errors"]);
        }
        if let Some(minutes) = self.gate {
            group = group.waits_for_a_person(minutes);
        }
        group = match self.keeps {
            Some(minutes) => group.terminates_after(minutes),
            None => group.keeps_blue(),
        };
        if !self.is_tested {
            group = group.without_test_listener();
        }
        if self.has_past {
            group = group.deployed("web1:1");
        }
        group.create();
    }
}

impl Inputs {
    fn tell(random: &mut Random) -> Self {
        Self {
            undoes: !random.sometimes(3),
            undoes_timeout: random.sometimes(3),
            until_traffic: random.sometimes(4),
            max_failed_tasks: random.one_of(&[None, None, Some("1"), Some("10")]),
            in_flight: random.one_of(&["wait", "replace", "replace", "refuse"]),
        }
    }
}

fn hook(random: &mut Random) -> Hook {
    match random.0.u8(..5) {
        0..3 => Hook::Succeeds,
        3 => Hook::Fails { log_tail: "AssertionError: 503".to_owned() },
        _ => Hook::Hangs,
    }
}

impl Deed {
    fn tell(random: &mut Random) -> (Duration, Self) {
        let at = random.moment(200);
        let deed = match random.0.u8(..20) {
            0..4 => Self::Stops(random.one_of(&[None, Some(true), Some(false)])),
            4 | 5 => Self::LetsTrafficMove,
            6 => Self::RemovesTheOldTasks,
            7 | 8 => Self::DeploysAnother,
            9 | 10 => Self::SetsOffTheAlarm,
            11 => Self::TurnsOffTheAlarm,
            12 => Self::DeletesTheService,
            13 => Self::Scales(random.0.u32(1..5)),
            14 => Self::KillsTasks,
            15 => Self::BreaksTheOldImage,
            16 => Self::RepairsTheNewImage,
            17 | 18 => Self::MovesTheOldTag,
            _ => Self::MovesTheNewTag,
        };
        (at, deed)
    }

    fn act(self, digests: &Digests) -> Act {
        let Digests { old, new, third } = digests;
        let (cluster, service) = ("prod", "web1");
        let crash = Behaviour::Crashes { after: Duration::from_secs(1), exit_code: 1 };
        let healthy = Behaviour::Healthy { ready_after: Duration::from_secs(5) };
        let goes_on = |wait| Act::continue_code_deploy(APPLICATION, GROUP, wait);
        match self {
            Self::Stops(said) => Act::stop_code_deploy(APPLICATION, GROUP, said),
            Self::LetsTrafficMove => goes_on("READY_WAIT"),
            Self::RemovesTheOldTasks => goes_on("TERMINATION_WAIT"),
            Self::DeploysAnother => Act::create_deployment(APPLICATION, GROUP, "other:1"),
            Self::SetsOffTheAlarm => Act::alarm(cluster, service, "errors"),
            Self::TurnsOffTheAlarm => Act::alarm_off(cluster, service, "errors"),
            Self::DeletesTheService => Act::delete_service(cluster, service),
            Self::Scales(count) => Act::desired_count(cluster, service, count),
            Self::KillsTasks => Act::kill_tasks(cluster, service, 137),
            Self::BreaksTheOldImage => Act::behave(old, crash),
            Self::RepairsTheNewImage => Act::behave(new, healthy),
            Self::MovesTheOldTag => Act::move_tag("web1", "1.4.1", third),
            Self::MovesTheNewTag => Act::move_tag("web1", "1.4.2", third),
        }
    }
}
