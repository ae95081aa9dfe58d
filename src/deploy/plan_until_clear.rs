//! From the request to a plan that holds: reads and decides, and waits for a deployment
//! that is in the way.

use std::future::pending;
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::{Instant, sleep, timeout_at};

use super::check::{self, Reach};
use super::context::{Journals, Run, TIMEOUT, show};
use super::{known, requirements};
use crate::deploy::apply::{self, Journal, Stop, Write};
use crate::deploy::watch::{Ended, Limits, follow};
use crate::ecs::{DeploymentId, Place, Service};
use crate::plan::{Active, CurrentState, Decision, Plan, Step, blocking_deployment, decide};
use crate::problem::Problem;
use crate::read::checkout::Checkout;
use crate::read::{Preflight, RollbackRead, check_needs, read, read_rollback};
use crate::report::{AppReport, ServiceReport};
use crate::request::{AppRequest, Command, InFlight, Past, Wanted};
use crate::rollout::{Followed, Tracker, Until};
use crate::task_definition::Need;

/// Between two decisions; ECS's two views may disagree for a while.
const BETWEEN_DECISIONS: Duration = Duration::from_secs(3);
/// When the decisions of others were waited for so long, a decision is made again.
pub(crate) const VERY_STALE: Duration = Duration::from_secs(60);

/// Steps and bake times of every deployment that is followed come on top of the
/// default; a timeout that was asked for is kept.
fn prolonged(deadline: Instant, app: &AppRequest, service: &Service) -> Instant {
    match app.wait.timeout {
        Some(_) => deadline,
        None => deadline + service.strategy_waits,
    }
}

/// Reads and decides until there is a plan; waits for a deployment that is in
/// the way and then begins anew, because everything may have changed. Gives the
/// time by when the run has to end, too, counted from `begun`.
///
/// CodeDeploy takes no deployment beside another one, so that one in the way is ended
/// first where that is asked for: once, because two runs that both do it would go on
/// for ever.
pub(crate) async fn plan_until_clear(
    run: &Run<'_>,
    app: &AppRequest,
    checkout: &Checkout,
    journals: &Journals,
    begun: Instant,
    report: &mut AppReport,
) -> Result<(Plan, Instant), Stop> {
    let mut deadline = begun + app.wait.timeout.unwrap_or(TIMEOUT);
    let mut wanted = app.clone();
    report.versions.to = known::asked_for_by(app, checkout);
    let reach = OnceCell::new();
    loop {
        let found = timeout_at(deadline, found(run, &wanted, checkout, &reach));
        let found = unless_cancelled(run, found).await?;
        let found = match found {
            Ok(Ok(found)) => found,
            Ok(Err(problems)) => {
                known::not_found(run, &wanted, report).await;
                return Err(refused(problems, report));
            }
            Err(_) => return Err(out_of_time(&journals.deploy)),
        };
        let blocking = match found {
            RollbackRead::RollingBack(service, id) => {
                report.service = ServiceReport::of(&service);
                Waiting { service: *service, id, why: None, until: Until::GroupIsFree }
            }
            RollbackRead::All(state) => match decided(&wanted, *state, reach.get(), report)? {
                Decided::WaitFor(waiting) => *waiting,
                Decided::Go(plan) => {
                    if !plan.is_unchanged() {
                        let waited = requirements_met(run, &wanted, &plan, report).await?;
                        deadline += waited;
                        if waited >= VERY_STALE {
                            continue;
                        }
                        let another = refuse_beside_another(run, &plan, deadline);
                        let there = refuse_what_is_missing(run, &wanted, &plan);
                        let (another, missing) = tokio::join!(another, there);
                        another?;
                        missing.map_err(|problems| refused(problems, report))?;
                    }
                    let Some(id) = plan.blocking_deployment().filter(|_| !run.request.dry_run)
                    else {
                        let deadline = prolonged(deadline, app, &plan.service);
                        return Ok((*plan, deadline));
                    };
                    if journals.deploy.entries().blocker == Write::None {
                        run.notifier.decided(run.member.at(), report);
                        let decided = Instant::now();
                        let (gate, turn) = (run.member.all_decided(), run.member.turn());
                        unless_cancelled(run, gate).await?.map_err(Stop::Held)?;
                        unless_cancelled(run, turn).await?.map_err(Stop::Held)?;
                        if decided.elapsed() >= BETWEEN_DECISIONS {
                            deadline += decided.elapsed();
                            continue;
                        }
                        show(run, &plan);
                        run.notifier.begins();
                        clear_blocker(run, &plan, &journals.deploy).await?;
                        wanted = pin_previous(wanted, &plan);
                    }
                    let (service, id) =
                        (plan.service.clone(), DeploymentId::CodeDeploy(id.clone()));
                    Waiting { service, id, why: None, until: Until::GroupIsFree }
                }
            },
        };
        deadline = prolonged(deadline, app, &blocking.service);
        let was_asked_to_end = journals.deploy.entries().blocker != Write::None;
        deadline = wait_for(run, app, deadline, blocking, was_asked_to_end).await?;
    }
}

/// Holds the plan against what its app requires, once the required apps of the run are decided.
/// Gives how long they were waited for: if what was read is out of date by then, nothing is held
/// against it.
async fn requirements_met(
    run: &Run<'_>,
    app: &AppRequest,
    plan: &Plan,
    report: &mut AppReport,
) -> Result<Duration, Stop> {
    let asked = Instant::now();
    unless_cancelled(run, requirements::decided(run, app)).await?;
    let waited = asked.elapsed();
    if waited < VERY_STALE {
        let to = &plan.versions.to.version;
        let met = requirements::check(run, app, to.as_ref());
        let met = unless_cancelled(run, met).await?.map_err(Stop::Refused)?;
        met.into_iter().for_each(|warning| run.warn(report, warning));
        run.member.decides_on(to.clone());
    }
    Ok(waited)
}

/// A definition is not deployed that names what is not there. What the running tasks need
/// as well is not looked for.
async fn refuse_what_is_missing(
    run: &Run<'_>,
    app: &AppRequest,
    plan: &Plan,
) -> Result<(), Vec<Problem>> {
    let needs = &plan.revision.new_needs;
    if !app.preflight || run.request.command == Command::Rollback {
        return Ok(());
    }
    look_for_needs(run, &plan.service.arn.place(), needs).await
}

/// # Errors
/// What of it is not there.
pub(crate) async fn look_for_needs(
    run: &Run<'_>,
    place: &Place,
    needs: &[Need],
) -> Result<(), Vec<Problem>> {
    if needs.is_empty() {
        return Ok(());
    }
    let looked = check_needs(run.clients, place, needs);
    let Ok(Preflight { missing, not_checked }) = unless_cancelled(run, looked).await else {
        return Ok(());
    };
    for what in not_checked {
        run.reporter.line(&format!("could not check that these exist: {what}"));
    }
    if missing.is_empty() { Ok(()) } else { Err(missing) }
}

/// A one-off task is not started beside an earlier one that still runs.
async fn refuse_beside_another(run: &Run<'_>, plan: &Plan, deadline: Instant) -> Result<(), Stop> {
    if plan.one_off().is_none() {
        return Ok(());
    }
    let ecs = run.clients.ecs(&plan.target.region);
    let looked = apply::refuse_beside_another(&ecs, &plan.target, deadline);
    unless_cancelled(run, looked).await?.map_err(Stop::Refused)
}

/// What comes of `work`, unless the run is to stop first.
pub(crate) async fn unless_cancelled<T>(
    run: &Run<'_>,
    work: impl Future<Output = T>,
) -> Result<T, Stop> {
    tokio::select! {
        biased;
        () = run.shutdown.requested() => Err(Stop::Cancelled),
        done = work => Ok(done),
    }
}

enum Decided {
    Go(Box<Plan>),
    WaitFor(Box<Waiting>),
}

/// Decides, and reports what is known from then on.
fn decided(
    app: &AppRequest,
    state: CurrentState,
    reach: Option<&Option<Reach>>,
    report: &mut AppReport,
) -> Result<Decided, Stop> {
    report.service = ServiceReport::of(&state.service);
    let source = state.rollback_source.as_ref();
    report.versions.from_since = source.and_then(|source| source.since);
    known::found(report, app, &state);
    match decide(app, &state).map_err(|problems| refused(problems, report))? {
        Decision::Go(mut plan) => {
            let reach = reach.and_then(Option::as_ref);
            check::settle(app, &mut plan, reach).map_err(Stop::Refused)?;
            planned(report, &plan);
            Ok(Decided::Go(plan))
        }
        Decision::WaitFor(id) => {
            let (why, until) = what_is_waited_for(app, &state);
            Ok(Decided::WaitFor(Box::new(Waiting { service: state.service, id, why, until })))
        }
    }
}

/// The first problem is why the run stops, and the others are told beside it.
pub(crate) fn refused(problems: Vec<Problem>, report: &mut AppReport) -> Stop {
    let mut problems = problems.into_iter();
    let first = problems.next().unwrap_or_else(|| Problem::new("there is no plan"));
    report.failure.findings.extend(problems);
    Stop::Refused(first)
}

/// What is known of the deployment by CodeDeploy that is waited for, and how long. One that
/// is to be replaced is ended as soon as it is known how.
fn what_is_waited_for(app: &AppRequest, found: &CurrentState) -> (Option<Problem>, Until) {
    let active = found.codedeploy.as_ref().and_then(|it| it.active.as_ref());
    let is_in_doubt = active.is_some_and(Active::is_in_doubt);
    let until = match app.in_flight {
        InFlight::Replace if is_in_doubt => Until::TrafficIsKnown,
        InFlight::Replace | InFlight::Wait | InFlight::Refuse => Until::GroupIsFree,
    };
    (active.map(|it| blocking_deployment(&app.target, &it.deployment, &it.served)), until)
}

/// The request with what its first plan found `previous` to be: once the deployment in the
/// way was stopped for it, the past tells of an undo, and `previous` means something else.
fn pin_previous(mut app: AppRequest, plan: &Plan) -> AppRequest {
    if let Wanted::Past { past, .. } = &mut app.wanted
        && *past == Past::Previous
    {
        let revision =
            plan.versions.to.task_definition.as_ref().map(|it| Past::Revision(it.short()));
        let digest = || plan.versions.to.digest.clone().map(Past::Digest);
        *past = revision.or_else(digest).unwrap_or(Past::Previous);
    }
    app
}

/// Ends the deployment by CodeDeploy that the plan finds in the way.
async fn clear_blocker(run: &Run<'_>, plan: &Plan, journal: &Journal) -> Result<(), Stop> {
    let codedeploy = run.clients.codedeploy(&plan.target.region);
    for step in &plan.steps {
        if let Step::ClearBlocker { id, by } = step {
            let asked = apply::clear_blocker(&codedeploy, id, *by, journal, run.reporter).await;
            asked.map_err(Stop::Failed)?;
        }
    }
    Ok(())
}

pub(crate) fn planned(report: &mut AppReport, plan: &Plan) {
    report.versions.from = Some(plan.versions.from.clone());
    report.versions.from_in_flight.clone_from(&plan.versions.from_in_flight);
    report.versions.to = Some(plan.versions.to.clone());
    report.versions.running = plan.service.running().map(|_| plan.versions.from.clone());
    // Nobody knows when what has no task did run. Where the deployment in progress already goes
    // back, the time is that of the way back.
    let to = plan.versions.to.name();
    let goes_back = plan.versions.from_in_flight.as_ref().is_some_and(|it| it.name() == to);
    let is_of_from = report.versions.running.is_some() && !goes_back;
    report.versions.from_since = report.versions.from_since.filter(|_| is_of_from);
    report.versions.expected = plan.expected();
    report.versions.changes = plan.revision.changes.iter().map(ToString::to_string).collect();
    report.warnings.clone_from(&plan.remarks.warnings);
    report.notices.clone_from(&plan.remarks.notices);
}

pub(crate) fn out_of_time(journal: &Journal) -> Stop {
    Stop::TimedOut(Problem::new(match journal.entries().changed_before() {
        None => "the timeout was reached before the first write; nothing was changed",
        Some(_) => "the timeout was reached before anything was deployed",
    }))
}

/// What deciding needs; a rollback reads the history of the service, too. Beside it the
/// address of the check is asked once.
async fn found(
    run: &Run<'_>,
    app: &AppRequest,
    checkout: &Checkout,
    reach: &OnceCell<Option<Reach>>,
) -> Result<RollbackRead, Vec<Problem>> {
    let reading = async {
        if run.request.command == Command::Rollback {
            return Ok(read_rollback(run.clients, app, checkout).await?);
        }
        let found = read(run.clients, app, checkout, run.sources).await?;
        Ok(RollbackRead::All(Box::new(found)))
    };
    let probing = async { Ok(reach.get_or_init(|| check::probe(run, app)).await) };
    tokio::try_join!(reading, probing).map(|(found, _)| found)
}

/// A deployment that has to end before anything is decided.
struct Waiting {
    service: Service,
    id: DeploymentId,
    /// What is known of it, in words.
    why: Option<Problem>,
    until: Until,
}

/// Gives the new deadline: the clock stood still while that deployment waited for a person.
async fn wait_for(
    run: &Run<'_>,
    app: &AppRequest,
    deadline: Instant,
    waiting: Waiting,
    was_asked_to_end: bool,
) -> Result<Instant, Stop> {
    let Waiting { service, id, why, until } = waiting;
    let message = match why {
        Some(why) => format!("{}; waiting for it to finish before deciding", why.message),
        None => {
            format!(
                "another deployment is in progress ({id}); waiting for it to finish before deciding"
            )
        }
    };
    run.reporter.line(&message);
    let followed = Followed { until, ..Followed::adopted(id.clone(), &service) };
    let subscription = run.poller.follow(app.target.clone(), followed, None);
    let tracker = Tracker::default();
    let limits = Limits { begun: Instant::now(), deadline };
    let watched =
        follow(subscription, tracker, limits, pending(), run.shutdown, run.reporter).await;
    match watched.end {
        Ended::Deployment(_) => {
            tokio::select! {
                () = run.shutdown.requested() => Err(Stop::Cancelled),
                () = sleep(BETWEEN_DECISIONS) => Ok(watched.deadline),
            }
        }
        Ended::Cancelled | Ended::CalledOff(_) => Err(Stop::Cancelled),
        Ended::Unreadable(problem) => Err(Stop::Refused(problem)),
        Ended::TimedOut => Err(Stop::TimedOut(
            Problem::new(format!("the deployment {id}, which was already in progress, did not finish in time; nothing was {}", if was_asked_to_end { "deployed" } else { "written" }))
                .hint(format!("Look at it in the {} console. `in-flight: replace` replaces it instead of waiting.", service.controller)),
        )),
    }
}
