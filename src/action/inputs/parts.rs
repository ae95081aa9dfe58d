//! What the apps of a monorepo are made of beside their own folders.

use std::path::Path;

use super::reader::Reader;
use crate::read::Root;
use crate::request::{AppRequest, Command, Part, PartKind};
use crate::workspace::Workspace;

/// Adds the packages of the workspace that each app depends on, for commands that look at
/// what has changed.
pub(super) fn add_dependencies(
    inputs: &mut Reader<'_>,
    command: Command,
    root: &Root,
    apps: &mut [AppRequest],
) {
    if matches!(
        command,
        Command::List
            | Command::Page
            | Command::Plan
            | Command::Status
            | Command::Continue
            | Command::Stop
    ) {
        return;
    }
    let workspace = match root.workspace() {
        Ok(Some(workspace)) => workspace,
        Ok(None) => return,
        // A rollback must not depend on a package.json that is broken.
        Err(_) if command.goes_back() => return,
        Err(problems) => return inputs.take(problems),
    };
    depend(&workspace, root, apps);
}

pub(super) fn depend(workspace: &Workspace, root: &Root, apps: &mut [AppRequest]) {
    for app in apps {
        let folder = app.folder.strip_prefix(root.folder()).unwrap_or(&app.folder);
        let behind = workspace.folders_behind(folder).into_iter().skip(1);
        let part = |it: &Path| Part { path: root.folder().join(it), kind: PartKind::Dependency };
        let parts: Vec<Part> = behind.map(part).collect();
        app.parts.splice(..0, parts);
    }
}
