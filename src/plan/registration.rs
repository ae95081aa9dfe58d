//! A task definition for no service: whether the newest revision of its family is it already.

use super::fact::Fact;
use super::images::Images;
use super::steps::{Remarks, of_others};
use super::version_info::VersionInfo;
use super::{filling, platform, sides};
use crate::ecs::{Place, TaskDefinitionArn};
use crate::problem::Problem;
use crate::request::{FamilyRequest, TaskDefinitionSource};
use crate::task_definition::{Change, Checked, Need, TaskDefinition, diff};

/// Everything that was read for a family.
#[derive(Debug, Clone)]
pub(crate) struct FamilyState {
    pub(crate) place: Place,
    /// To be patched.
    pub(crate) base: TaskDefinition,
    /// The newest ACTIVE revision; none: there is none.
    pub(crate) newest: Option<TaskDefinition>,
    pub(crate) images: Images,
    /// What `{name}` stands for in the tag template.
    pub(crate) package_name: Option<String>,
}

/// What is to be done for a family.
#[derive(Debug, Clone)]
pub(crate) struct Registration {
    pub(crate) place: Place,
    pub(crate) definition: TaskDefinition,
    /// The newest ACTIVE revision; none: there is none.
    pub(crate) newest: Option<TaskDefinitionArn>,
    /// Whether that is the same.
    pub(crate) is_there: bool,
    /// What that has.
    pub(crate) from: Option<VersionInfo>,
    pub(crate) to: VersionInfo,
    /// What its tasks need that those of the newest revision don't.
    pub(crate) new_needs: Vec<Need>,
    pub(crate) changes: Vec<Change>,
    /// What becomes of scheduled tasks then, a line each.
    pub(crate) scheduled: Vec<String>,
    pub(crate) remarks: Remarks,
}

/// # Errors
/// Why nothing may be registered, all of it.
pub(crate) fn decide_family(
    request: &FamilyRequest,
    state: &FamilyState,
) -> Result<Registration, Vec<Problem>> {
    let FamilyState { place, base, newest, images, package_name } = state;
    let definition = filling::patched(request, base, images, false)?;
    let is_there = newest.as_ref().is_some_and(|it| definition.same_as(it));
    let mut remarks = Remarks { warnings: images.warnings(), notices: images.notices() };
    remarks.notices.extend(platform::check(request, base, false, images)?);
    if !is_there {
        let Checked { errors, warnings } = checked(request, &definition, state);
        if !errors.is_empty() {
            return Err(errors);
        }
        definition.check_bytes()?;
        remarks.warnings.extend(warnings);
        remarks.notices.extend(filling::almost_taken(request));
    }
    let arn = newest.as_ref().and_then(|it| it.arn()?.parse::<TaskDefinitionArn>().ok());
    let mut to = sides::to_side(images);
    to.task_definition = arn.clone().filter(|_| is_there);
    let known = newest.as_ref().map(TaskDefinition::needs).unwrap_or_default();
    let new_needs = definition.needs().into_iter().filter(|need| !known.contains(need)).collect();
    let from = newest.as_ref().map(|newest| {
        let asked = (package_name.as_deref(), images);
        sides::side_of(request, asked, newest, arn.clone(), &Fact::Absent)
    });
    Ok(Registration {
        place: place.clone(),
        changes: newest.as_ref().map(|it| diff(it, &definition)).unwrap_or_default(),
        definition,
        newest: arn,
        is_there,
        from,
        to,
        new_needs,
        scheduled: Vec::new(),
        remarks,
    })
}

/// What ECS itself gave it has taken before.
fn checked(request: &FamilyRequest, definition: &TaskDefinition, state: &FamilyState) -> Checked {
    if !matches!(request.task_definition, TaskDefinitionSource::File(_)) {
        return Checked::default();
    }
    let mut checked = definition.check();
    let chosen: Vec<_> = state.images.containers().cloned().collect();
    let others = state.newest.iter().flat_map(|newest| definition.other_images(newest, &chosen));
    checked.warnings.extend(others);
    checked
}

impl Registration {
    /// In one line, account and Region included.
    pub(crate) fn title(&self) -> String {
        let to = self.to.name();
        let from = self.from.as_ref().map(VersionInfo::name).filter(|from| *from != to);
        let change = from.map_or_else(|| to.clone(), |from| format!("{from} → {to}"));
        let Place { account, region, .. } = &self.place;
        let family = self.definition.family();
        format!("Plan: {change} for the family {family}, account {account}, {region}")
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        let Self { definition, newest, from, to, .. } = self;
        let family = definition.family();
        let mut lines = match from {
            Some(from) => vec![format!("now:  {}", from.line())],
            None => vec!["now:  no revision".to_owned()],
        };
        lines.extend(from.iter().flat_map(of_others));
        let (new, step) = match newest.as_ref().filter(|_| self.is_there) {
            Some(newest) => (String::new(), format!("nothing: {} is already that", newest.short())),
            None => (
                format!("  (a new revision of {family})"),
                format!("register a new revision of {family}"),
            ),
        };
        lines.push(format!("then: {}{new}", to.line()));
        lines.extend(of_others(to));
        lines.extend(self.changes.iter().map(|change| format!("  {change}")));
        lines.push(format!("- {step}"));
        lines.extend(self.scheduled.iter().map(|line| format!("- {line}")));
        lines
    }
}
