//! stub
use super::*;
use crate::effects::OutputName;
/// s
pub fn json(_: &[AppReport]) -> String {
    String::new()
}
/// s
pub fn summary(_: &[AppReport]) -> String {
    String::new()
}
/// s
pub fn wrong_inputs(_: &[crate::problem::Problem]) -> String {
    String::new()
}
impl AppReport {
    /// s
    pub fn outputs(&self) -> Vec<(OutputName, String)> {
        let mut v = vec![];
        if let Some(f) = &self.failure {
            v.push((OutputName::FailureReason, f.message.clone()));
        }
        if let Some(t) = &self.to {
            if let Some(x) = &t.version {
                v.push((OutputName::Version, x.clone()));
            }
            if let Some(x) = &t.task_definition {
                v.push((OutputName::TaskDefinitionArn, x.to_string()));
            }
        }
        v
    }
}
