//! What is reported of the task that runs before the service is touched.

use super::context::Run;
use super::evidence::tail_of;
use crate::deploy::apply::{Entries, FailedTask, Write, by_hand};
use crate::diagnosis::{Evidence, diagnose};
use crate::ecs::Task;
use crate::plan::Plan;
use crate::problem::Problem;
use crate::report::{AppReport, OneOffReport};
use crate::request::{AppRequest, Before, Target};

/// Notes what is known of it.
pub(crate) fn report_on(report: &mut AppReport, plan: &Plan, entries: &Entries) {
    if let (Some(step), Write::Done(arn)) = (plan.one_off(), &entries.one_off) {
        report.one_off = Some(OneOffReport {
            command: step.task.in_words(),
            container: step.container.clone(),
            task: arn.clone(),
            ended: entries.one_off_ended.map(|end| (end.took, end.exit_code)),
        });
    }
}

/// Why it failed, in the words of a deployment that failed: notes the evidence, and gives
/// what the run fails with.
pub(crate) async fn explain(
    run: &Run<'_>,
    app: &AppRequest,
    plan: &Plan,
    FailedTask { task, problem, left }: FailedTask,
    report: &mut AppReport,
) -> Problem {
    let Some(step) = plan.one_off() else { return problem };
    let mut evidence = Evidence { controller: plan.by().clone(), ..Evidence::default() };
    let container = task.containers.iter().find(|it| it.name == step.container);
    if let Some(container) = container.filter(|_| app.failure.log_lines > 0) {
        tail_of(run, app, plan, (&task, container), &mut evidence).await;
    }
    // Those beside it were killed because it ended.
    let only = |task: Task| Task {
        containers: task.containers.into_iter().filter(|it| it.name == step.container).collect(),
        ..task
    };
    evidence.tasks = vec![only(task)];
    let diagnosis = diagnose(&evidence.masked(&plan.revision.definition));
    for line in diagnosis.lines(std::iter::empty()) {
        run.reporter.line(&line);
    }
    let problem = match diagnosis.is_known {
        true => Problem {
            message: format!("the one-off task failed: {}", diagnosis.cause),
            hint: diagnosis.next.clone(),
            ..problem
        },
        false => problem,
    };
    report.failure.diagnosis = Some(diagnosis);
    match left {
        Some(left) => Problem { message: format!("{} ({left})", problem.message), ..problem },
        None => problem,
    }
}

/// Why the run stops while the task may go on: which it is, where that is known, and how it is
/// watched and stopped.
pub(crate) fn runs_on(why: Problem, task: Option<&str>, target: &Target) -> Problem {
    let why = why.message;
    match task {
        Some(task) => Problem::new(format!(
            "{why}; the one-off task is still running: {task}; the service was not touched"
        ))
        .hint(by_hand(target, task)),
        None => Problem::new(format!(
            "{why} while the one-off task was being started; it is not known whether it runs, and the service was not touched"
        ))
        .hint("The cluster's tasks in the ECS console show whether it does."),
    }
}

/// What a failure does not undo, in a clause.
pub(crate) fn stays(app: &AppRequest, report: &AppReport) -> Option<&'static str> {
    let has_run = report.one_off.as_ref().is_some_and(OneOffReport::has_succeeded)
        || app.before == Before::RunByAnother;
    has_run.then_some("what the one-off task did was not undone")
}
