//! Reads the names of concrete things out of ECS's sentences.
//!
//! The sentences are no interface and change their wording, so that a name that
//! isn't found is the normal case: each function then says `None`, and the
//! table of causes has a word for it.

pub(super) fn image(text: &str) -> Option<&str> {
    [
        "failed to normalize image reference ",
        "failed to resolve reference ",
        "failed to resolve ref ",
        "pull and unpack image ",
        ": manifest for ",
        "pull access denied for ",
        "pull the image ",
        "cannot pull ",
    ]
    .iter()
    .find_map(|marker| word(after(text, marker)?))
    .filter(|image| image.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:/@-<>{}$".contains(&b)))
}

/// `linux/amd64`: the platform that an image lacks.
pub(super) fn platform(text: &str) -> Option<&str> {
    ["matching platform ", "no matching manifest for "]
        .iter()
        .find_map(|marker| word(after(text, marker)?))
        .filter(|platform| platform.contains('/'))
}

/// A secret of Secrets Manager, without its version and JSON key.
pub(super) fn secret(text: &str) -> Option<&str> {
    let name = after(arn(text, "secretsmanager")?, ":secret:")?;
    name.split(':').next().filter(|name| !name.is_empty())
}

pub(super) fn parameter(text: &str) -> Option<&str> {
    if let Some(path) = arn(text, "ssm").and_then(|arn| after(arn, ":parameter")) {
        // The ARN of the parameter `name` is …:parameter/name, that of `/a/b` is …:parameter/a/b.
        let name = path.strip_prefix('/').filter(|name| !name.contains('/')).unwrap_or(path);
        return Some(name).filter(|name| !name.is_empty());
    }
    word(after(text, "invalid ssm parameters: ")?)
}

/// The JSON key that a secret lacks.
pub(super) fn json_key(text: &str) -> Option<&str> {
    word(after(text, "json key ")?)
}

/// The role that was not allowed to do something, or can't be assumed.
pub(super) fn role(text: &str) -> Option<&str> {
    let name = after(text, "assumed-role/").or_else(|| after(text, ":role/"))?;
    // A role may lie in a path; in the ARN of its session the session follows.
    let path = word(name)?;
    let is_session = text.contains("assumed-role/");
    if is_session { path.split('/').next() } else { path.rsplit('/').next() }
        .filter(|name| !name.is_empty())
}

pub(super) fn permission(text: &str) -> Option<&str> {
    word(after(text, "not authorized to perform: ")?)
        .filter(|action| action.split_once(':').is_some_and(|(_, name)| !name.is_empty()))
}

pub(super) fn log_group(text: &str) -> Option<&str> {
    if let Some(name) = after(text, ":log-group:") {
        return word(name)?.split(':').next().filter(|name| !name.is_empty());
    }
    quoted(after(text, "log group ")?)
}

/// `fs-…`
pub(super) fn file_system(text: &str) -> Option<&str> {
    starting_with(text, "fs-")
}

/// `subnet-…`
pub(super) fn subnet(text: &str) -> Option<&str> {
    starting_with(text, "subnet-")
}

/// The program that could not be started.
pub(super) fn executable(text: &str) -> Option<&str> {
    quoted(after(text, "exec: ")?).filter(|name| !name.is_empty())
}

/// The name of a target group, out of its ARN.
pub(crate) fn target_group(text: &str) -> Option<&str> {
    word(after(text, "targetgroup/")?)?.split('/').next().filter(|name| !name.is_empty())
}

/// The port of an event about a target.
pub(super) fn port(text: &str) -> Option<&str> {
    word(after(text, "(port ")?).filter(|port| port.bytes().all(|b| b.is_ascii_digit()))
}

/// The HTTP status codes that a health check got: `404`, `500,502`.
pub(super) fn codes(text: &str) -> Option<&str> {
    let codes = after(text, "codes: [")?;
    codes.split_once(']').map(|(codes, _)| codes).filter(|codes| !codes.is_empty())
}

pub(super) fn reason(text: &str) -> Option<&str> {
    let reason = after(text, "(reason ")
        .or_else(|| after(text, "(error "))
        .or_else(|| after(text, "Reason: "))?;
    Some(reason.trim_end_matches(['.', ')'])).filter(|reason| !reason.is_empty())
}

/// The lifecycle stage at which a hook failed.
pub(super) fn stage(text: &str) -> Option<&str> {
    let lower = text.to_ascii_lowercase();
    let before = &text[..lower.find(" lifecycle hook")?];
    before.rsplit(' ').next().filter(|stage| {
        !stage.is_empty() && stage.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
    })
}

/// The lifecycle hook that failed: a function's name, or what ECS calls it.
pub(super) fn hook(text: &str) -> Option<&str> {
    let target = ["lifecycle hook target ", "hook target ", "response from "]
        .iter()
        .find_map(|marker| word(after(text, marker)?))?;
    Some(after(target, ":function:").unwrap_or(target))
}

/// The ARN of a thing of `service`, up to where it can't go on.
fn arn<'a>(text: &'a str, service: &str) -> Option<&'a str> {
    text.match_indices("arn:").find_map(|(start, _)| {
        let arn = word(&text[start..])?;
        (arn.split(':').nth(2) == Some(service)).then_some(arn)
    })
}

/// What follows `marker`, whose case doesn't matter.
fn after<'a>(text: &'a str, marker: &str) -> Option<&'a str> {
    let at = text.to_ascii_lowercase().find(&marker.to_ascii_lowercase())?;
    Some(&text[at + marker.len()..])
}

/// What stands in the quotation marks that `text` begins with. The agent
/// passes on texts in which they are escaped.
fn quoted(text: &str) -> Option<&str> {
    let text = text.strip_prefix('\\').unwrap_or(text);
    let mark = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let (inside, _) = text[mark.len_utf8()..].split_once(mark)?;
    Some(inside.strip_suffix('\\').unwrap_or(inside))
}

/// The first word, without the punctuation of the sentence around it.
fn word(text: &str) -> Option<&str> {
    if let Some(inside) = quoted(text) {
        return Some(inside).filter(|inside| !inside.is_empty());
    }
    let end = text.find(|c: char| c.is_whitespace() || ",;()[]'\"".contains(c));
    let word = &text[..end.unwrap_or(text.len())];
    Some(word.trim_end_matches([':', '.'])).filter(|word| !word.is_empty())
}

fn starting_with<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .find(|word| word.starts_with(prefix) && word.len() > prefix.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Reader = fn(&str) -> Option<&str>;

    #[test]
    fn names_are_found_in_ecs_sentences() {
        for (reader, text, name) in [
            (
                image as Reader,
                "failed to resolve ref repo/app:1: repo/app:1: not found",
                "repo/app:1",
            ),
            (image, "failed to resolve reference \"repo/app:1\": pulling", "repo/app:1"),
            (image, "daemon: manifest for repo/app:1 not found: manifest unknown", "repo/app:1"),
            (image, "reference \"x\" failed to normalize image reference \"app:\": bad", "app:"),
            (platform, "descriptor matching platform 'linux/arm64'", "linux/arm64"),
            (
                secret,
                "x arn:aws:secretsmanager:r:1:secret:prod/db-AbCdEf:key:: from",
                "prod/db-AbCdEf",
            ),
            (parameter, "invalid ssm parameters: /prod/db", "/prod/db"),
            (parameter, "resource: arn:aws:ssm:r:1:parameter/prod/db because", "/prod/db"),
            (parameter, "resource: arn:aws:ssm:r:1:parameter/db because", "db"),
            (role, "User: arn:aws:sts::1:assumed-role/web-exec/0123 is not", "web-exec"),
            (role, "the role 'arn:aws:iam::1:role/team/web-exec'.", "web-exec"),
            (permission, "is not authorized to perform: kms:Decrypt on", "kms:Decrypt"),
            (
                log_group,
                "on resource: arn:aws:logs:r:1:log-group:/ecs/web:log-stream:a",
                "/ecs/web",
            ),
            (log_group, "the log group '/ecs/web' defined", "/ecs/web"),
            (file_system, "resolve \"fs-0a1b.efs.r\"", "fs-0a1b"),
            (executable, "exec: \\\"serve\\\": executable file", "serve"),
            (target_group, "(target-group arn:aws:x:r:1:targetgroup/web/0a)", "web"),
            (codes, "with these codes: [500,502])", "500,502"),
            (reason, "due to (reason Health checks failed).", "Health checks failed"),
            (stage, "because PRE_SCALE_UP lifecycle hook(s) failed", "PRE_SCALE_UP"),
            (hook, "hook target arn:aws:lambda:r:1:function:smoke returned", "smoke"),
        ] {
            assert_eq!(reader(text), Some(name), "{text}");
        }
    }

    #[test]
    fn what_is_cut_off_is_no_name() {
        for (reader, text) in [
            (image as Reader, "pull the image manifest? \u{e4}"),
            (image, "daemon: manifest for "),
            (secret, "failed to fetch secret arn:aws:secretsmanager:eu-west-1:123456789..."),
            (parameter, "arn:aws:ssm:r:1:parameter"),
            (role, "assumed-role/"),
            (permission, "not authorized to perform: this"),
            (port, "(port x)"),
            (codes, "codes: [5"),
            (executable, "exec: \""),
            (stage, "a lifecycle hook"),
        ] {
            assert_eq!(reader(text), None, "{text}");
        }
    }
}
