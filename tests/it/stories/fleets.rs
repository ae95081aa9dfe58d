//! Random fleets: a few apps of one file, of which some require others, some are raised, and some
//! have an image that fails. Whatever fails where, no app is told to be what it is not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Behaviour, Fault, Image, When};

use super::random::Random;
use super::{play, seeds};
use crate::scene::{Scene, Step};

const STORIES: u64 = 120;

/// Every way in which an app can end in them.
const ENDS: [&str; 6] = ["deployed", "failed", "held", "refused", "unchanged", "undone"];

#[derive(Debug)]
struct App {
    name: String,
    /// The apps, all of them before this one, of which it needs the new version.
    requires: Vec<usize>,
    is_raised: bool,
    has_image: bool,
    behaviour: Option<Behaviour>,
}

#[derive(Debug)]
struct Fleet {
    apps: Vec<App>,
    undoes_all: bool,
    max_parallel: usize,
    /// A write that is refused: which one, and the how manieth.
    refused: Option<(&'static str, u32)>,
}

impl Fleet {
    fn tell(number: u64) -> Self {
        let mut random = Random::with_seed(number);
        let size = 2 + random.0.usize(..4);
        let apps = (0..size).map(|at| {
            let requires = (0..at).filter(|_| random.sometimes(4)).collect();
            let dies = Behaviour::Crashes { after: random.time(40), exit_code: 1 };
            App {
                name: format!("app{at}"),
                requires,
                is_raised: !random.sometimes(4),
                has_image: !random.sometimes(20),
                behaviour: random.sometimes(4).then_some(dies),
            }
        });
        let apps = apps.collect();
        let write = random.one_of(&["RegisterTaskDefinition", "UpdateService"]);
        Self {
            apps,
            undoes_all: random.sometimes(2),
            max_parallel: 1 + random.0.usize(..4),
            refused: random.sometimes(5).then(|| (write, 1 + random.0.u32(..3))),
        }
    }

    fn file(&self) -> String {
        let mut file = "cluster: prod\nregion: eu-central-1\napps:\n".to_owned();
        for app in &self.apps {
            let requires: BTreeMap<&str, &str> =
                app.requires.iter().map(|it| (self.apps[*it].name.as_str(), ">=2.0.0")).collect();
            let _ = writeln!(
                file,
                "  {}: {{ package: apps/{0}, requires: {} }}",
                app.name,
                json!(requires)
            );
        }
        file
    }

    fn scene(&self) -> Scene {
        let scene = Scene::empty();
        scene.file(".github/ecs-release.yml", self.file());
        for app in &self.apps {
            let push = |version: &str| {
                let image = Image::linux_amd64().content(&format!("{} {version}", app.name));
                scene.sim.repository(&app.name).push(version, image)
            };
            push("1.0.0");
            scene.sim.service("prod", &app.name).running_version("1.0.0").start();
            if app.has_image {
                let digest = push("2.0.0");
                if let Some(behaviour) = &app.behaviour {
                    scene.sim.behaves(&digest, behaviour.clone());
                }
            }
            let version = if app.is_raised { "2.0.0" } else { "1.0.0" };
            let package = json!({ "name": app.name, "version": version });
            scene.file(&format!("apps/{}/package.json", app.name), package.to_string());
        }
        if let Some((operation, nth)) = self.refused {
            scene.sim.fault(operation, When::Nth(nth), Fault::AccessDenied);
        }
        scene
    }
}

#[test]
fn no_app_of_a_random_fleet_is_told_to_be_what_it_is_not() {
    let ends = play(&seeds("fleet", STORIES), async |seed| {
        let fleet = Fleet::tell(seed.number);
        let scene = fleet.scene();
        let parallel = fleet.max_parallel.to_string();
        let on_failure = if fleet.undoes_all { "undo-all" } else { "undo" };
        let with = [
            ("service", ""),
            ("package", ""),
            ("cluster", ""),
            ("region", ""),
            ("apps", "all"),
            ("max-parallel", &parallel),
            ("on-failure", on_failure),
        ];
        let step = scene.deploy(&with).await;
        tokio::time::sleep(Duration::from_secs(600)).await;
        let told = format!("{fleet:?}\n{}\n{}", step.log(), step.said("error"));
        judge(&fleet, &scene, &step).map_err(|why| format!("{why}\n{told}")).expect("it is true");
        results(&step).into_values().collect::<BTreeSet<String>>()
    });
    if let Some(ends) = ends {
        let ends: BTreeSet<String> = ends.into_iter().flatten().collect();
        assert!(ENDS.iter().all(|end| ends.contains(*end)), "{ends:?}");
    }
}

fn results(step: &Step) -> BTreeMap<String, String> {
    let text = |app: &Value, name: &str| app[name].as_str().unwrap_or_default().to_owned();
    let report: Value = serde_json::from_str(step.output("report")).unwrap_or_default();
    let apps = report.as_array().into_iter().flatten();
    apps.map(|app| (text(app, "service"), text(app, "result"))).collect()
}

fn judge(fleet: &Fleet, scene: &Scene, step: &Step) -> Result<(), String> {
    let results = results(step);
    let is_ok =
        |at: usize| matches!(results[&fleet.apps[at].name].as_str(), "deployed" | "unchanged");
    for app in &fleet.apps {
        let name = &app.name;
        let result = results.get(name).ok_or_else(|| format!("{name} is not in the report"))?;
        let runs = running(scene, name);
        let updated = step.updates().iter().filter(|it| it["service"] == *name).count();
        let is_true = match result.as_str() {
            "deployed" => runs == ["2.0.0"] && updated == 1,
            "unchanged" => !app.is_raised && runs == ["1.0.0"] && updated == 0,
            "undone" => runs == ["1.0.0"],
            "held" | "refused" => runs == ["1.0.0"] && updated == 0 && leaves_nothing(scene, name),
            // Of what failed it is only said that it did.
            "failed" | "undo-failed" | "unknown" | "timed-out" => true,
            _ => false,
        };
        if !is_true {
            return Err(format!(
                "{name} is {result}, was updated {updated} times and runs {runs:?}"
            ));
        }
        if updated > 0 && !app.requires.iter().all(|it| is_ok(*it) || fleet.undoes_all) {
            return Err(format!("{name} was deployed although what it requires was not"));
        }
        let is_back = |result: &str| matches!(result, "undone" | "held" | "refused" | "unchanged");
        let is_told = |result: &str| matches!(result, "failed" | "undo-failed" | "unknown");
        let has_failed = results.values().any(|it| matches!(it.as_str(), "failed" | "undone"));
        if fleet.undoes_all && has_failed && !is_back(result) && !is_told(result) {
            return Err(format!("{name} is {result}, and one has failed with undo-all"));
        }
    }
    judge_the_order(fleet, scene, step)
}

/// Nothing is written before everything is decided, and what is required goes first.
fn judge_the_order(fleet: &Fleet, scene: &Scene, step: &Step) -> Result<(), String> {
    let Some(first) = step.requests.iter().find(|it| it.is_write()) else { return Ok(()) };
    for app in &fleet.apps {
        let reads = |it: &&simulator::Recorded| {
            it.operation == "BatchGetImage" && it.body["repositoryName"] == app.name
        };
        if step.requests.iter().find(reads).is_none_or(|read| read.at > first.at) {
            return Err(format!("{} was not decided before the first write", app.name));
        }
        let began = |at: usize| {
            scene.sim.truth("prod", &fleet.apps[at].name).deployments[1..]
                .first()
                .map(|it| (it.created, it.finished))
        };
        let own = fleet.apps.iter().position(|it| it.name == app.name).unwrap_or_default();
        for required in &app.requires {
            if let (Some((created, _)), Some((_, finished))) = (began(own), began(*required))
                && finished.is_none_or(|finished| finished > created)
            {
                return Err(format!("{} began before app{required} was there", app.name));
            }
        }
    }
    Ok(())
}

/// Which versions the service runs.
fn running(scene: &Scene, service: &str) -> Vec<&'static str> {
    let running = scene.sim.truth("prod", service).running;
    let digest = |version: &str| scene.sim.repository(service).digest(version);
    let is_of = |version: &str| {
        running.iter().any(|it| it.digests.values().any(|it| Some(it) == digest(version).as_ref()))
    };
    ["1.0.0", "2.0.0"].into_iter().filter(|version| is_of(version)).collect()
}

/// Whether no revision was registered, or what was is deregistered.
fn leaves_nothing(scene: &Scene, family: &str) -> bool {
    let body = json!({ "taskDefinition": format!("{family}:2") });
    let answer = scene.sim.call(simulator::Service::Ecs, "DescribeTaskDefinition", &body);
    answer.map_or(true, |it| it["taskDefinition"]["status"] != "ACTIVE")
}
