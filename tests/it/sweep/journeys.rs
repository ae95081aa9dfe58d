//! The runs that are swept, each on a scene of its own.

use std::time::Duration;

use simulator::{Act, Behaviour, CodeDeployTruth, Fault, Hook, Image, ServiceBuilder, Truth, When};

use crate::bad_day::{crashes, when_it, when_it_on};
use crate::codedeploy;
use crate::scene::{Scene, Step};

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
    /// 1.4.2 in place of 1.4.1, by CodeDeploy.
    BlueGreen,
    /// CodeDeploy stops 1.4.2 for its hook and does not return by itself.
    BlueGreenUndo,
    /// CodeDeploy keeps the old tasks, and is asked to return to them.
    BlueGreenTurnRound,
}

/// A journey that is over.
pub(super) struct Played {
    pub(super) step: Step,
    pub(super) scene: Scene,
    /// The service, when the step ended.
    pub(super) truth: Truth,
    /// What CodeDeploy did by then.
    pub(super) codedeploy: Option<CodeDeployTruth>,
    /// The same before the step began.
    pub(super) before: Truth,
    /// The newest revision before it began.
    pub(super) newest: u32,
    /// When it began, since the simulator was made.
    pub(super) began: Duration,
}

impl Journey {
    pub(super) const ALL: [Self; 8] = [
        Self::Deploy,
        Self::UndoByEcs,
        Self::UndoByUpdate,
        Self::Rollback,
        Self::TurnRound,
        Self::BlueGreen,
        Self::BlueGreenUndo,
        Self::BlueGreenTurnRound,
    ];

    /// How it ends.
    pub(super) fn result(self) -> &'static str {
        match self {
            Self::Deploy | Self::BlueGreen => "deployed",
            Self::UndoByEcs | Self::UndoByUpdate | Self::BlueGreenUndo => "undone",
            Self::Rollback | Self::TurnRound | Self::BlueGreenTurnRound => "rolled-back",
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

    pub(super) fn is_by_codedeploy(self) -> bool {
        matches!(self, Self::BlueGreen | Self::BlueGreenUndo | Self::BlueGreenTurnRound)
    }

    /// Whether what is deployed comes to nothing.
    pub(super) fn is_doomed(self) -> bool {
        self.result() == "undone"
    }

    /// Plays it with these faults, on a runtime of its own, so that nothing else counts.
    pub(super) fn play(self, faults: &[(String, When, Fault)]) -> Played {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().start_paused(true).build().expect("it can be built");
        runtime.block_on(Box::pin(async {
            let scene = self.scene().await;
            fastrand::seed(7);
            scene.sim.latency(Duration::from_millis(20));
            let before = scene.sim.truth("prod", "web1");
            let newest = (1..).find(|it| scene.state_of(it + 1).is_empty()).unwrap_or(1);
            for (operation, when, fault) in faults {
                scene.sim.fault(operation, *when, fault.clone());
            }
            let began = scene.sim.elapsed();
            let step = Box::pin(scene.deploy(self.inputs())).await;
            let truth = scene.sim.truth("prod", "web1");
            let group = || scene.sim.codedeploy_truth(codedeploy::APPLICATION, codedeploy::GROUP);
            let codedeploy = self.is_by_codedeploy().then(group);
            scene.sim.clear_faults();
            Played { step, truth, codedeploy, before, newest, began, scene }
        }))
    }

    fn inputs(self) -> &'static [(&'static str, &'static str)] {
        match self.is_rollback() {
            true => &[("command", "rollback"), ("version", "1.4.1"), ("timeout", "10m")],
            false => &[("timeout", "10m")],
        }
    }

    async fn scene(self) -> Scene {
        match self {
            Self::Deploy => Scene::ready(),
            Self::UndoByEcs => when_it(crashes()),
            Self::UndoByUpdate => when_it_on(crashes(), |service| service.circuit_breaker(false)),
            Self::Rollback => with_a_past(&["1.4.1", "1.4.2"], |service| service),
            Self::TurnRound => {
                let scene = with_a_past(&["1.4.0", "1.4.1"], |service| service);
                let bad = Image::linux_amd64().content("1.5.0");
                let bad = scene.sim.repository("web1").push("1.5.0", bad);
                scene.sim.behaves(&bad, Behaviour::CannotPull);
                let new = revision(&scene, "1.5.0");
                scene.sim.act(Act::deploy("prod", "web1", &new));
                tokio::time::sleep(Duration::from_secs(60)).await;
                scene
            }
            Self::BlueGreen => codedeploy::ready(),
            Self::BlueGreenUndo => {
                let scene = codedeploy::stage(|group| group.terminates_after(5));
                let bad = scene.digest("1.4.2");
                scene.sim.behaves(&bad, crashes());
                scene.sim.hook("checks", Hook::Fails { log_tail: String::new() });
                scene
            }
            Self::BlueGreenTurnRound => {
                let scene = codedeploy::stage(|group| group.terminates_after(60));
                let step = scene.deploy(&[]).await;
                assert_eq!(step.result(), "deployed", "{}", step.said("error"));
                scene
            }
        }
    }
}

/// These versions succeeded one after another; the last one runs.
fn with_a_past(tags: &[&str], made: impl FnOnce(ServiceBuilder) -> ServiceBuilder) -> Scene {
    let scene = Scene::empty();
    let mut service = made(scene.sim.service("prod", "web1").desired(2));
    for tag in tags {
        scene.sim.repository("web1").push(tag, Image::linux_amd64().content(tag));
        service = service.running(&revision(&scene, tag));
    }
    service.start();
    scene
}

fn revision(scene: &Scene, tag: &str) -> String {
    let image = scene.sim.image(&format!("web1:{tag}"));
    scene.sim.task_definition("web1").container("web1", &image).register()
}
