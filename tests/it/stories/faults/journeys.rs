//! The runs that are swept, each on a scene of its own.

use std::time::Duration;

use simulator::{Act, Behaviour, Fault, Hook, Image, When};

use super::super::{Controller, Played};

use crate::codedeploy;
use crate::points::{blue_green, pause};
use crate::scene::{Scene, crashes, when_it, when_it_on};

/// What each has at most, the way back the same once more.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// What a step does where nothing goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Journey {
    /// 1.4.2 comes in place of 1.4.1.
    Deploy,
    /// 1.4.2 crashes, and ECS is asked to return.
    UndoByEcs,
    /// 1.4.2 crashes, ECS stops it, and the service is updated back.
    UndoByUpdate,
    /// From 1.4.2 to 1.4.1.
    Rollback,
    /// 1.5.0 is under way and comes to nothing; ECS is asked to return to 1.4.1.
    TurnRound,
    /// 1.4.2 waits for a person, and is let go on.
    Continue,
    /// The same, and is stopped.
    Stop,
    /// 1.4.2 in place of 1.4.1, by CodeDeploy.
    DeployByCodeDeploy,
    /// CodeDeploy stops 1.4.2 for its hook and does not return by itself.
    UndoByCodeDeploy,
    /// CodeDeploy keeps the old tasks, and is asked to return to them.
    TurnRoundByCodeDeploy,
}

impl Journey {
    pub(super) const ALL: [Self; 10] = [
        Self::Deploy,
        Self::UndoByEcs,
        Self::UndoByUpdate,
        Self::Rollback,
        Self::TurnRound,
        Self::Continue,
        Self::Stop,
        Self::DeployByCodeDeploy,
        Self::UndoByCodeDeploy,
        Self::TurnRoundByCodeDeploy,
    ];

    /// How it ends.
    pub(super) fn result(self) -> &'static str {
        match self {
            Self::Deploy | Self::Continue | Self::DeployByCodeDeploy => "deployed",
            Self::UndoByEcs | Self::UndoByUpdate | Self::UndoByCodeDeploy => "undone",
            Self::Rollback | Self::TurnRound | Self::Stop | Self::TurnRoundByCodeDeploy => {
                "rolled-back"
            }
        }
    }

    /// The version that is wanted.
    pub(super) fn wants(self) -> &'static str {
        match self.is_rollback() {
            true => "1.4.1",
            false => "1.4.2",
        }
    }

    pub(super) fn is_rollback(self) -> bool {
        self.result() == "rolled-back"
    }

    fn controller(self) -> Controller {
        match self {
            Self::DeployByCodeDeploy | Self::UndoByCodeDeploy | Self::TurnRoundByCodeDeploy => {
                Controller::CodeDeploy
            }
            _ => Controller::Ecs,
        }
    }

    /// Whether what is deployed comes to nothing.
    pub(super) fn is_doomed(self) -> bool {
        self.result() == "undone"
    }

    /// Plays it with these faults; also the newest revision before the step began.
    pub(super) async fn play(self, faults: &[(String, When, Fault)]) -> (Played, u32) {
        // An outage begins at the moment of a call in another run.
        fastrand::seed(7);
        let scene = Box::pin(self.scene()).await;
        let newest = (1..).find(|it| scene.state_of(it + 1).is_empty()).unwrap_or(1);
        scene.sim.latency(Duration::from_millis(20));
        for (operation, when, fault) in faults {
            scene.sim.fault(operation, *when, fault.clone());
        }
        let id =
            scene.sim.truth("prod", "web1").deployments.last().map(|it| it.deployment_id.clone());
        let mut inputs = self.inputs().to_vec();
        if self.is_about_what_is_there() {
            inputs.push(("deployment", id.as_deref().unwrap_or_default()));
        }
        let played = Played::on(scene, self.controller(), &self, 7, &inputs, None).await;
        (played, newest)
    }

    /// Whether the deployment is there before the step begins.
    pub(super) fn is_about_what_is_there(self) -> bool {
        matches!(self, Self::Continue | Self::Stop)
    }

    fn inputs(self) -> &'static [(&'static str, &'static str)] {
        match self.is_rollback() {
            _ if self == Self::Continue => &[("command", "continue"), ("timeout", "10m")],
            _ if self == Self::Stop => &[("command", "stop"), ("timeout", "10m")],
            true => &[("command", "rollback"), ("version", "1.4.1"), ("timeout", "10m")],
            false => &[("timeout", "10m")],
        }
    }

    async fn scene(self) -> Scene {
        match self {
            Self::Deploy => Scene::ready(),
            Self::UndoByEcs => when_it(crashes()),
            Self::UndoByUpdate => when_it_on(crashes(), |service| service.circuit_breaker(false)),
            Self::Rollback => with_a_past(&["1.4.1", "1.4.2"]),
            Self::TurnRound => {
                let scene = with_a_past(&["1.4.0", "1.4.1"]);
                let bad = Image::linux_amd64().content("1.5.0");
                let bad = scene.sim.repository("web1").push("1.5.0", bad);
                scene.sim.behaves(&bad, Behaviour::CannotPull);
                let new = scene.register("1.5.0");
                scene.sim.act(Act::deploy("prod", "web1", &new));
                tokio::time::sleep(Duration::from_secs(60)).await;
                scene
            }
            Self::Continue | Self::Stop => {
                let scene = blue_green(0, &[pause("POST_TEST_TRAFFIC_SHIFT", "ROLLBACK")]);
                scene.deploy(&[("wait-until", "paused")]).await.is("reached");
                scene
            }
            Self::DeployByCodeDeploy => codedeploy::ready(),
            Self::UndoByCodeDeploy => {
                let scene = codedeploy::stage(|group| group.terminates_after(5));
                let bad = scene.digest("1.4.2");
                scene.sim.behaves(&bad, crashes());
                scene.sim.hook("checks", Hook::Fails { log_tail: String::new() });
                scene
            }
            Self::TurnRoundByCodeDeploy => {
                let scene = codedeploy::stage(|group| group.terminates_after(60));
                let step = scene.deploy(&[]).await;
                step.is("deployed");
                scene
            }
        }
    }
}

/// These versions succeeded one after another; the last one runs.
fn with_a_past(tags: &[&str]) -> Scene {
    let scene = Scene::empty();
    let mut service = scene.sim.service("prod", "web1").desired(2);
    for tag in tags {
        scene.push(tag);
        service = service.running(&scene.register(tag));
    }
    service.start();
    scene
}
