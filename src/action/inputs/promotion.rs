//! `version: from …`: what another service runs.

use super::grammar;
use super::reader::Reader;
use crate::names::{ClusterName, EnvironmentName, ServiceName};
use crate::problem::Problem;
use crate::release_file::ReleaseFile;
use crate::request::{AppRequest, CodeDeployOptions, Target, Wanted};
use crate::text::meant;

const FROM: &str = "from ";
const STABLE_FOR: &str = "from-stable-for";

/// Where what is to run runs already.
pub(super) enum Source {
    Service(ClusterName, ServiceName),
    /// One of the file.
    Environment(EnvironmentName),
}

/// No tag has a space in it.
pub(super) fn is_promotion(inputs: &mut Reader<'_>) -> bool {
    inputs.trimmed("version").is_some_and(|it| it.starts_with(FROM))
}

/// What the input names, if it names a source.
pub(super) fn source(inputs: &mut Reader<'_>) -> Option<Source> {
    if is_promotion(inputs) {
        return inputs.with("version", parse);
    }
    // A wrong one is reported where it is read.
    let is_right = |text: &str| grammar::stable_for(text).is_ok();
    if inputs.is_input(STABLE_FOR) && inputs.trimmed(STABLE_FOR).is_some_and(is_right) {
        let message = format!("input `{STABLE_FOR}` is only for `version: from …`");
        inputs.note(Problem::new(message).hint("remove it, or set `version` to `from …`"));
    }
    None
}

fn parse(text: &str) -> Result<Source, Problem> {
    let source = text.strip_prefix(FROM).unwrap_or(text).trim();
    match source.split_once('/') {
        Some((cluster, service)) => {
            Ok(Source::Service(grammar::name_not_arn(cluster)?, grammar::name_not_arn(service)?))
        }
        None => source.parse().map(Source::Environment),
    }
}

/// Without a file of many apps only a service can be meant.
pub(super) fn from_service(inputs: &mut Reader<'_>, apps: &mut [AppRequest]) {
    match source(inputs) {
        Some(Source::Service(cluster, service)) => {
            apps.iter_mut().for_each(|app| take_from_service(inputs, app, &cluster, &service));
        }
        Some(Source::Environment(name)) => inputs.note(
            Problem::new(format!("input `version`: \"from {name}\" does not name a service"))
                .hint("use `from CLUSTER/SERVICE`; an environment can be named only with `apps`"),
        ),
        None => {}
    }
}

/// Has `app` take what this service of its Region runs.
pub(super) fn take_from_service(
    inputs: &mut Reader<'_>,
    app: &mut AppRequest,
    cluster: &ClusterName,
    service: &ServiceName,
) {
    let (cluster, service) = (cluster.clone(), service.clone());
    let target = Target { cluster, service, ..app.target.clone() };
    let mut source = AppRequest { target, ..app.clone() };
    source.codedeploy = CodeDeployOptions::default();
    if let Wanted::Version { repository, .. } = &mut source.wanted {
        // That there may be another one.
        *repository = None;
    }
    if let Err(problem) = take(app, source) {
        inputs.note(problem);
    }
}

/// Has services of an app, which has `all` of these, take what those `there` run: its own in
/// another environment, in the same order.
pub(super) fn take_from_environment(
    from: &EnvironmentName,
    file: &ReleaseFile,
    there: impl FnOnce() -> Vec<AppRequest>,
    (all, apps): (&[ServiceName], &mut [AppRequest]),
) -> Result<(), Problem> {
    let names: Vec<&str> = file.environments().map(EnvironmentName::as_str).collect();
    if !names.contains(&from.as_str()) {
        let message = format!("input `version`: there is no environment {from} in {}", file.path());
        return Err(Problem::new(message).hint(
            match meant(from.as_str(), names.iter().copied()) {
                Some(meant) => format!("did you mean `from {meant}`?"),
                None => format!("it has {}; or use `from CLUSTER/SERVICE`", names.join(", ")),
            },
        ));
    }
    let there = there();
    if there.len() != all.len() {
        let app = apps.first().and_then(|it| it.app.as_ref()).map(ToString::to_string);
        let message = format!(
            "input `version`: app {} has {} services in {from}, and {} where it is deployed",
            app.unwrap_or_default(),
            there.len(),
            all.len()
        );
        return Err(Problem::new(message).hint("use `from CLUSTER/SERVICE` with one of these services: all services of the app then get its image"));
    }
    for app in apps {
        let at = all.iter().position(|it| *it == app.target.service);
        if let Some(source) = at.and_then(|at| there.get(at)) {
            take(app, source.clone())?;
        }
    }
    Ok(())
}

/// Has `app` take what `source` runs.
fn take(app: &mut AppRequest, source: AppRequest) -> Result<(), Problem> {
    if source.target == app.target {
        let message = format!("input `version`: {} would take the version from itself", app.target);
        return Err(Problem::new(message).hint("name another service, such as the one in staging"));
    }
    // An image that was given excludes a version.
    let Wanted::Version { tag_template, repository, .. } = &app.wanted else { return Ok(()) };
    let (tag_template, repository) = (tag_template.clone(), repository.clone());
    app.wanted = Wanted::From { tag_template, repository };
    app.source = Some(Box::new(source));
    Ok(())
}
