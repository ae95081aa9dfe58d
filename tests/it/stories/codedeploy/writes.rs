//! That nothing was written that was not needed, and that nothing is left behind.

use serde_json::{Value, json};
use simulator::{Recorded, Service};

use super::judge::Case;

impl Case<'_> {
    /// What was carried out, a letter each: Register, Deregister, Update, Create, Stop
    /// and end a Wait.
    fn written(&self) -> String {
        let done = |it: &&Recorded| {
            it.is_write() && (it.status == Some(200) || it.carried_out && it.status != Some(400))
        };
        let letter = |it: &Recorded| match it.operation.as_str() {
            "RegisterTaskDefinition" => 'R',
            "DeregisterTaskDefinition" => 'D',
            "UpdateService" => 'U',
            "CreateDeployment" => 'C',
            "StopDeployment" => 'S',
            "ContinueDeployment" => 'W',
            other => panic!("{other} was sent"),
        };
        self.step().requests.iter().filter(done).map(letter).collect()
    }

    pub(super) fn judge_the_writes(&self) {
        let result = self.step().result();
        let inputs = &self.story.inputs;
        let written = self.written();
        // The deployment in the way was ended, once.
        let may_make_room = inputs.in_flight == "replace";
        let own = match written.strip_prefix(['S', 'W']) {
            Some(own) if may_make_room => own,
            _ => written.as_str(),
        };
        let undoes = inputs.undoes || inputs.undoes_timeout;
        let ways_back: &[&str] = if undoes { &["", "S", "C", "SC", "RC", "SRC"] } else { &[""] };
        let undos = ways_back.iter().map(|back| format!("RC{back}"));
        let allowed: Vec<String> = match result {
            "deployed" => vec!["RC".to_owned()],
            "undone" => undos.flat_map(|it| [format!("{it}D"), it]).collect(),
            "undo-failed" => undos.collect(),
            // Whether it was created may never become known, nor whether it is used.
            "failed" if !self.is_quiet() && own.len() < 4 => vec![own.to_owned()],
            "failed" if undoes => ["RC", "RCS", "RD", ""].map(str::to_owned).to_vec(),
            "failed" | "timed-out" => ["RC", "RD", ""].map(str::to_owned).to_vec(),
            "refused" => ["RD", ""].map(str::to_owned).to_vec(),
            "cancelled" => {
                let whole: Vec<String> = undos.map(|it| format!("{it}D")).collect();
                let parts =
                    whole.iter().flat_map(|it| (0..=it.len()).map(|to| it[..to].to_owned()));
                parts.chain(["RD".to_owned()]).collect()
            }
            other => panic!("{other} is no result of these stories"),
        };
        assert!(allowed.iter().any(|it| it == own), "{written} were written for {result}");
    }

    /// No revision of this step is left ACTIVE where nothing uses it, unless that is said.
    pub(super) fn judge_what_is_left(&self) {
        let result = self.step().result();
        let registered = self
            .step()
            .requests
            .iter()
            .filter(|it| it.operation == "RegisterTaskDefinition" && it.status == Some(200));
        let first = registered.map(|it| it.response()).next();
        let first = first.map(|it| it["taskDefinition"]["taskDefinitionArn"].clone());
        let Some(arn) = first.as_ref().and_then(Value::as_str) else { return };
        let body = json!({ "taskDefinition": arn });
        let sim = &self.played.scene.sim;
        let found = sim.call(Service::Ecs, "DescribeTaskDefinition", &body).expect("it is known");
        let is_active = found["taskDefinition"]["status"] == "ACTIVE";
        if ["undone", "refused"].contains(&result) && is_active {
            let is_used = self.played.in_use.iter().any(|it| it == arn);
            assert!(is_used || !self.is_quiet(), "{arn} is left behind");
            assert!(self.says("stays registered"), "that {arn} stays is not said");
        }
    }
}
