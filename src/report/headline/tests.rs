use crate::ecs::Counts;
use crate::plan::VersionInfo;
use crate::report::app::{AppReport, PointReached};
use crate::report::outcome::Outcome;
use crate::report::samples::{deployed, report, side};

/// A report of `outcome`, and what is different in it.
fn with(outcome: Outcome, change: impl FnOnce(&mut AppReport)) -> AppReport {
    let mut app = report(outcome);
    change(&mut app);
    app
}

fn started(app: &mut AppReport) {
    app.rollout.deployment = deployed().rollout.deployment;
}

fn reached(stage: &str, is_paused: bool) -> impl FnOnce(&mut AppReport) {
    move |app| app.rollout.reached = Some(PointReached { stage: stage.to_owned(), is_paused })
}

fn with_tasks(desired: i32, running: i32) -> impl FnOnce(&mut AppReport) {
    move |app| app.versions.tasks = Some(Counts { desired, running, ..Counts::default() })
}

#[test]
fn a_list_tells_what_runs_from_what_the_service_is_set_to() {
    let listed = |tasks: (i32, i32), running: Option<&str>, set_to: Option<&str>| {
        let side = |version: &str| side(version, 7);
        let app = with(Outcome::Listed, |app| {
            with_tasks(tasks.0, tasks.1)(app);
            (app.versions.running, app.versions.from_in_flight) =
                (running.map(side), set_to.map(side));
        });
        app.headline()
    };
    for (tasks, running, set_to, expected) in [
        ((2, 2), Some("1.1.0"), None, "web1 runs 1.1.0"),
        ((4, 2), Some("1.1.0"), None, "web1 runs 1.1.0 with 2 of 4 tasks so far"),
        (
            (2, 0),
            Some("1.1.0"),
            Some("2.0.0"),
            "web1 runs 1.1.0; it is set to 2.0.0, of which 0 of 2 tasks run",
        ),
        (
            (0, 0),
            None,
            Some("1.1.0"),
            "web1 is set to 1.1.0; its desired count is 0, so no task runs",
        ),
        ((2, 0), None, Some("1.1.0"), "web1 is set to 1.1.0; none of its 2 tasks runs yet"),
        ((2, 2), None, None, "the versions of web1; it is not known which of them runs"),
    ] {
        assert_eq!(listed(tasks, running, set_to), expected);
    }
}

#[test]
fn the_headline_says_what_runs_now() {
    let same = |app: &mut AppReport| app.versions.from = app.versions.to.clone();
    let nothing_known = |app: &mut AppReport| (app.versions.from, app.versions.to) = (None, None);
    for (app, expected) in [
        (with(Outcome::Deployed, |_| {}), "web1 runs 1.4.2 (before: 1.4.1)"),
        (with(Outcome::Deployed, same), "web1 runs 1.4.2, deployed again"),
        (with(Outcome::Deployed, |app| app.versions.from = None), "web1 runs 1.4.2"),
        (with(Outcome::Unchanged, same), "web1 already runs 1.4.2; nothing was deployed"),
        (with(Outcome::Deployed, with_tasks(4, 4)), "web1 runs 1.4.2 (before: 1.4.1)"),
        (
            with(Outcome::Deployed, with_tasks(4, 3)),
            "web1 runs 1.4.2 with 3 of 4 tasks so far (before: 1.4.1)",
        ),
        (
            with(Outcome::Deployed, with_tasks(4, 0)),
            "web1 is set to 1.4.2; none of its 4 tasks runs yet",
        ),
        (
            with(Outcome::Deployed, with_tasks(0, 0)),
            "web1 is set to 1.4.2; its desired count is 0, so no task runs",
        ),
        (
            with(Outcome::Unchanged, with_tasks(0, 2)),
            "web1 is set to 1.4.2; its desired count is 0, so its tasks stop; nothing was deployed",
        ),
        (
            with(Outcome::Unchanged, with_tasks(4, 2)),
            "web1 already runs 1.4.2 with 2 of 4 tasks so far; nothing was deployed",
        ),
        (with(Outcome::Planned, |_| {}), "web1 would go from 1.4.1 to 1.4.2; nothing was written"),
        (with(Outcome::Planned, same), "web1 would get 1.4.2; nothing was written"),
        (
            with(Outcome::Started, started),
            "1.4.2 is being deployed to web1; this run does not wait for it to finish",
        ),
        (
            with(Outcome::Reached, reached("BAKE_TIME", false)),
            "1.4.2 on web1 has reached BAKE_TIME; ECS continues it",
        ),
        (
            with(Outcome::Reached, reached("POST_SCALE_UP", true)),
            "1.4.2 on web1 waits for a person at POST_SCALE_UP",
        ),
        (with(Outcome::Undone, started), "1.4.2 failed on web1, which is back on 1.4.1"),
        (
            with(Outcome::Undone, |app| app.versions.running = Some(side("1.3.9", 39))),
            "1.4.2 failed on web1, which is back on 1.3.9",
        ),
        (with(Outcome::Undone, same), "1.4.2 failed on web1, which is back on what ran before"),
        (with(Outcome::UndoFailed, started), "1.4.2 failed on web1, and so did the undo to 1.4.1"),
        (with(Outcome::UndoFailed, same), "1.4.2 failed on web1, and so did the undo"),
        (with(Outcome::Failed, started), "1.4.2 failed on web1; nothing was undone"),
        (with(Outcome::Failed, |_| {}), "1.4.2 could not be deployed to web1"),
        (
            with(Outcome::Unknown, started),
            "the outcome of 1.4.2 on web1 is not known; ECS continues it",
        ),
        (
            with(Outcome::Unknown, |app| {
                started(app);
                app.failure.back_to.clone_from(&app.versions.from);
            }),
            "1.4.2 failed on web1; it is not known whether web1 is back on 1.4.1",
        ),
        (
            with(Outcome::Unknown, |_| {}),
            "it is not known how far the deployment of 1.4.2 to web1 got",
        ),
        (
            with(Outcome::Superseded, |app| {
                app.versions.running = Some(VersionInfo {
                    task_definition: side("1.4.3", 43).task_definition,
                    ..VersionInfo::default()
                });
            }),
            "another deployment, of web1:43, replaced 1.4.2 on web1",
        ),
        (with(Outcome::Superseded, started), "another deployment replaced 1.4.2 on web1"),
        (with(Outcome::TimedOut, started), "1.4.2 timed out on web1; ECS continues it"),
        (
            with(Outcome::TimedOut, |app| {
                started(app);
                app.failure.undo = Some("nothing was undone: somebody else took over".to_owned());
            }),
            "1.4.2 timed out on web1",
        ),
        (with(Outcome::TimedOut, nothing_known), "nothing was deployed to web1 in time"),
        (
            with(Outcome::Cancelled, started),
            "the run was cancelled; ECS continues deploying 1.4.2 to web1",
        ),
        (
            with(Outcome::Cancelled, |report| {
                started(report);
                report.rollout.is_rolling_back = true;
            }),
            "the run was cancelled; ECS is rolling 1.4.2 back on web1",
        ),
        (
            with(Outcome::Cancelled, |report| {
                started(report);
                report.failure.back_to = report.versions.from.clone();
            }),
            "the run was cancelled after 1.4.2 had failed on web1",
        ),
        (
            with(Outcome::UndoFailed, |report| {
                started(report);
                report.failure.back_to = report.versions.from.clone();
                report.versions.from = report.versions.to.clone();
            }),
            "1.4.2 failed on web1, and so did the undo to 1.4.1",
        ),
        (with(Outcome::Cancelled, nothing_known), "the run for web1 was cancelled"),
        (with(Outcome::Refused, nothing_known), "nothing was changed on web1"),
        (with(Outcome::Refused, |_| {}), "1.4.2 was not deployed to web1"),
        (
            with(Outcome::Refused, |app| app.versions.running = app.versions.from.clone()),
            "1.4.2 was not deployed to web1, which runs 1.4.1",
        ),
    ] {
        assert_eq!(app.headline(), expected, "{}", app.outcome);
    }
}

#[test]
fn a_rollback_is_told_in_its_own_words() {
    let back = |outcome, change: fn(&mut AppReport)| {
        with(outcome, |app| {
            app.asked.is_rollback = true;
            (app.versions.from, app.versions.to) =
                (Some(side("1.4.2", 42)), Some(side("1.4.1", 41)));
            change(app);
        })
    };
    let forward: fn(&mut AppReport) =
        |app| std::mem::swap(&mut app.versions.from, &mut app.versions.to);
    let same: fn(&mut AppReport) = |app| app.versions.from = app.versions.to.clone();
    for (app, expected) in [
        (back(Outcome::RolledBack, |_| {}), "web1 is back on 1.4.1; 1.4.2 was removed"),
        (
            back(Outcome::RolledBack, |app| app.versions.from_since = Some(std::time::UNIX_EPOCH)),
            "web1 is back on 1.4.1; 1.4.2 was removed (it ran since 1970-01-01T00:00:00Z)",
        ),
        (back(Outcome::RolledBack, forward), "web1 was rolled forward to 1.4.2; 1.4.1 was removed"),
        (back(Outcome::RolledBack, same), "web1 is back on an earlier configuration of 1.4.1"),
        (back(Outcome::Unchanged, same), "web1 already runs 1.4.1; nothing was changed"),
        (
            back(Outcome::Planned, |_| {}),
            "web1 would be rolled back from 1.4.2 to 1.4.1; nothing was written",
        ),
        (
            back(Outcome::Planned, forward),
            "web1 would be rolled forward from 1.4.1 to 1.4.2; nothing was written",
        ),
        (
            back(Outcome::Started, started),
            "web1 is being rolled back to 1.4.1; this run does not wait for it to finish",
        ),
        (
            back(Outcome::Undone, started),
            "the rollback of web1 to 1.4.1 failed; it is back on 1.4.2",
        ),
        (
            back(Outcome::UndoFailed, started),
            "the rollback of web1 to 1.4.1 failed, and so did the undo to 1.4.2",
        ),
        (back(Outcome::Failed, started), "the rollback of web1 to 1.4.1 failed"),
        (
            back(Outcome::Failed, |app| {
                started(app);
                app.failure.remaining = Some("2 tasks run 1.4.2".to_owned());
            }),
            "the rollback of web1 to 1.4.1 failed; 2 tasks run 1.4.2",
        ),
        (back(Outcome::Failed, |_| {}), "web1 could not be rolled back to 1.4.1"),
        (
            back(Outcome::Superseded, |app| app.versions.running = Some(side("1.5.0", 50))),
            "another deployment, of 1.5.0, replaced the rollback of web1 to 1.4.1",
        ),
        (
            back(Outcome::TimedOut, started),
            "the rollback of web1 to 1.4.1 timed out; ECS continues it",
        ),
        (back(Outcome::TimedOut, |_| {}), "web1 was not rolled back in time"),
        (
            back(Outcome::Cancelled, started),
            "the run was cancelled; ECS continues rolling web1 back to 1.4.1",
        ),
        (
            back(Outcome::Refused, |app| app.versions.running = app.versions.from.clone()),
            "web1 was not rolled back to 1.4.1; it runs 1.4.2",
        ),
        (back(Outcome::Refused, |app| app.versions.to = None), "web1 was not rolled back"),
    ] {
        assert_eq!(app.headline(), expected, "{:?}", app.outcome);
    }
}
