//! What is held against the truth, without a line of the product.

use serde_json::Value;

use super::{INPUTS, PREVIOUS, Played, RUNNING, Site, VERSIONS};

/// How the two scheduled tasks are called.
const RULE: &str = "the rule nightly";
const SCHEDULE: &str = "the schedule reports/weekly";

/// The ends behind which tags and schedules may follow.
const KEPT: [&str; 3] = ["deployed", "rolled-back", "unchanged"];

impl Played {
    /// Everything that was said, and what was to happen.
    fn log(&self) -> String {
        format!("{}\n{}\n{}\n{}", self.told, self.step.result(), self.step.log(), self.said())
    }

    fn said(&self) -> String {
        let Self { step, .. } = self;
        ["error", "warning", "notice"].map(|kind| step.said(kind)).join("\n")
    }

    /// Whether one sentence that was said has all of these in it.
    fn is_said(&self, parts: &[&str]) -> bool {
        let is_it = |line: &str| parts.iter().all(|part| line.contains(part));
        self.said().lines().any(is_it)
    }

    /// The digests that run in the end.
    fn runs(&self) -> Vec<String> {
        let running = self.scene.sim.truth("prod", "web1").running;
        running.iter().map(|it| it.digests["web1"].clone()).collect()
    }

    pub(super) fn judge(&self) {
        self.judge_service();
        self.judge_check();
        self.judge_schedules();
        self.judge_tags();
    }

    fn judge_service(&self) {
        let before = if self.wanted == "1.4.2" { "1.4.1" } else { "1.4.2" };
        let expected = match self.step.result() {
            "deployed" | "rolled-back" | "unchanged" => self.wanted,
            "undone" | "refused" => before,
            _ => return,
        };
        assert_eq!(self.runs(), [self.scene.digest(expected)], "{}", self.log());
    }

    /// A success was answered rightly, an address that was not reached undid nothing.
    fn judge_check(&self) {
        let Self { site: Some(site), answers, step, .. } = self else { return };
        let (result, has_failed) = (step.result(), self.is_said(&["the check failed"]));
        let was_right = answers.len() >= 4 && answers[answers.len() - 3..].iter().all(|it| *it);
        match site {
            Site::NoSuchHost => {
                assert!(!has_failed, "nobody could be asked: {}", self.log());
                assert!(
                    result != "deployed" || self.is_said(&["are not checked"]),
                    "{}",
                    self.log()
                );
            }
            _ if matches!(result, "deployed" | "rolled-back") => {
                assert!(was_right, "{answers:?} of {}", self.log());
            }
            _ => {}
        }
        assert!(!has_failed || (answers.len() > 1 && !was_right), "{answers:?} of {}", self.log());
        if has_failed {
            let is_told =
                matches!(result, "undone" | "undo-failed" | "failed" | "unknown" | "cancelled");
            assert!(is_told, "{}", self.log());
        }
    }

    /// Each runs what it ran, or what the service runs in the end; where that is not the same,
    /// it is named.
    fn judge_schedules(&self) {
        let (result, definition) = (self.step.result(), self.scene.sim.truth("prod", "web1"));
        let service = definition.task_definition.unwrap_or_default();
        let pairs = [
            (RULE, &self.before.rule, &self.after.rule),
            (SCHEDULE, &self.before.schedule, &self.after.schedule),
        ];
        for (name, before, after) in pairs {
            let (was, is) = (definition_of(before), definition_of(after));
            let set = serde_json::from_str::<Value>(&before.to_string().replace(&was, &is));
            assert_eq!(set.ok().as_ref(), Some(after), "and nothing else of it: {}", self.log());
            let follows = KEPT.contains(&result) || result == "undone";
            assert!(is == was || (follows && is == service), "{name}: {is}, {}", self.log());
            let is_told = [
                &[name, "still runs"][..],
                &[name, "is not known"],
                &["could not check these scheduled tasks"],
                &["before all scheduled tasks that should run"],
                &["scheduled tasks were not changed"],
            ];
            let is_told = is_told.iter().any(|parts| self.is_said(parts));
            assert!(!follows || is == service || is_told, "{name} runs {is}: {}", self.log());
            // What is said of it is so.
            let (was, is) = (short(&was), short(&is));
            let says_it_stays = self.is_said(&[name, &format!("it still runs {was}, not ")]);
            assert!(!says_it_stays || is == was, "{name}: {}", self.log());
            let says_it_is_set =
                self.is_said(&[&format!("scheduled tasks that now run {is}:"), name]);
            let is_set_in_report = self.reported(name).is_some_and(|it| it["to"] == is);
            assert_eq!(says_it_is_set, is_set_in_report, "{name}: {}", self.log());
            assert!(!says_it_is_set || is != was, "{name}: {}", self.log());
        }
    }

    /// What the report has of a scheduled task.
    fn reported(&self, name: &str) -> Option<Value> {
        let report: Value = serde_json::from_str(self.step.output("report")).ok()?;
        let is_it = |it: &&Value| it["name"].as_str().is_some_and(|it| name.ends_with(it));
        report[0]["schedules"].as_array()?.iter().find(is_it).cloned()
    }

    /// No version is another image now, and both tags are where they were or where they belong.
    fn judge_tags(&self) {
        let Self { before, after, wanted, .. } = self;
        for version in VERSIONS {
            assert_eq!(after.tag(version), before.tag(version), "{version}: {}", self.log());
        }
        let other = if *wanted == "1.4.2" { "1.4.1" } else { "1.4.2" };
        let follows = KEPT.contains(&self.step.result());
        for (tag, belongs_on) in [(RUNNING, *wanted), (PREVIOUS, other)] {
            let (was, is) = (before.tag(tag), after.tag(tag));
            let belongs = Some(self.scene.digest(belongs_on));
            assert!(is == was || (follows && is == belongs.as_ref()), "{tag}: {}", self.log());
            let is_told = ["was not moved", "is not known"];
            let is_told = is_told.iter().any(|it| self.is_said(&[RUNNING, it]));
            assert!(!follows || is == belongs.as_ref() || is_told, "{tag}: {}", self.log());
            let says_it_stays = self.is_said(&[&format!("{tag} was not moved")]);
            assert!(!says_it_stays || is == was, "{tag}: {}", self.log());
        }
    }

    /// Whatever was not done, the next run does.
    pub(super) async fn converge(self) {
        // A scene that was cancelled stays so.
        if !KEPT.contains(&self.step.result()) || self.is_said(&["cancelled"]) {
            return;
        }
        let command = if self.wanted == "1.4.1" { "rollback" } else { "deploy" };
        let with = [&INPUTS[..], &[("command", command), ("version", self.wanted)]].concat();
        let again = Box::pin(self.scene.deploy(&with)).await;
        again.is("unchanged");
        let service = self.scene.sim.truth("prod", "web1").task_definition.unwrap_or_default();
        let after = super::Around::of(&self.scene);
        for (name, scheduled) in [(RULE, &after.rule), (SCHEDULE, &after.schedule)] {
            assert_eq!(definition_of(scheduled), service, "{name}: {}", self.log());
        }
        let running = Some(self.scene.digest(self.wanted));
        assert_eq!(after.tag(RUNNING), running.as_ref(), "{}", self.log());
    }
}

/// The revision that a target or a schedule runs.
fn definition_of(scheduled: &Value) -> String {
    let target = if scheduled["Target"].is_object() { &scheduled["Target"] } else { scheduled };
    target["EcsParameters"]["TaskDefinitionArn"].as_str().unwrap_or_default().to_owned()
}

fn short(arn: &str) -> String {
    arn.rsplit('/').next().unwrap_or_default().to_owned()
}
