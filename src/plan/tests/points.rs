//! A point of `wait-until` that no deployment of the service can come to.

use super::Case;
use crate::ecs::Lifecycle;
use crate::request::{Stage, WaitUntil};

fn case(until: WaitUntil, is_rolling: bool, hooks: &[(&str, bool)]) -> Case {
    let named = |pauses: &[bool]| {
        let hooks = hooks.iter().filter(|(_, it)| pauses.contains(it));
        hooks.map(|(stage, _)| (*stage).to_owned()).collect()
    };
    let (hooks_at, pauses_at) = (named(&[true, false]), named(&[true]));
    Case::new()
        .asking(|request| request.wait.until = until)
        .finding(|found| found.service.lifecycle = Lifecycle { is_rolling, hooks_at, pauses_at })
}

#[test]
fn a_rolling_update_has_stages_only_where_a_hook_is() {
    let scale_up = WaitUntil::Stage(Stage::PostScaleUp);
    let refused = case(scale_up, true, &[]).refusal().to_string();
    assert_eq!(
        refused,
        "`wait-until: post-scale-up` would never be reached: a rolling update has no \
         stages\nHere it can be `done`."
    );
    let elsewhere = case(scale_up, true, &[("PRE_SCALE_UP", false)]).refusal().to_string();
    assert_eq!(
        elsewhere,
        "`wait-until: post-scale-up` would never be reached: a rolling update has stages \
         only where a hook is: PRE_SCALE_UP\nHere it can be `done`, or a stage with a hook."
    );
    case(scale_up, true, &[("POST_SCALE_UP", false)]).plan();
    case(scale_up, false, &[]).plan();
}

#[test]
fn without_a_pause_hook_nothing_pauses() {
    let lambda = ("POST_SCALE_UP", false);
    for (is_rolling, hooks, possible) in [
        (true, vec![], "`done`"),
        (true, vec![lambda], "`done`, or a stage with a hook"),
        (false, vec![lambda], "`done`, `traffic` or a stage"),
    ] {
        let refused = case(WaitUntil::Paused, is_rolling, &hooks).refusal().to_string();
        assert_eq!(
            refused,
            format!(
                "`wait-until: paused` would never be reached: the service has no PAUSE \
                 hook\nHere it can be {possible}."
            )
        );
        case(WaitUntil::Paused, is_rolling, &[lambda, ("PRE_SCALE_UP", true)]).plan();
    }
}

#[test]
fn what_nobody_may_see_is_not_waited_for() {
    let until = WaitUntil::Stage(Stage::BakeTime);
    let case = case(until, false, &[]);
    let refused = case.finding(|found| found.unseen = Some("ecs:DescribeServiceDeployments"));
    let refused = refused.refusal().message;
    assert!(refused.ends_with("ecs:DescribeServiceDeployments is not allowed"), "{refused}");
}
