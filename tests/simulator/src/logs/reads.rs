//! `GetLogEvents`: pages of a stream, from its newest line backwards or from its oldest on.

use serde_json::{Value, json};

use crate::logs::Line;
use crate::wire::{Answered, AwsError, Params, bail};
use crate::world::World;

/// The most events of a page, and as many as come unless a request says less.
/// The limit of 1 MB is not played.
const MOST: u64 = 10_000;

/// What a request must not say: nothing here reads by time.
const UNPLAYED: &[&str] = &["logGroupIdentifier", "startTime", "endTime", "unmask"];

/// Where a page ends.
#[derive(Debug, Clone, Copy)]
struct Token {
    /// The number of lines before this place.
    at: usize,
    /// The empty pages so far.
    skipped: u16,
}

impl Token {
    /// A direction, `b` or `f`, 56 digits, and `/s`: opaque to clients.
    fn write(self, direction: char) -> String {
        format!("{direction}/{:051}{:05}/s", self.at, self.skipped)
    }

    fn parse(text: &str) -> Answered<Self> {
        let digits = text.strip_prefix(['b', 'f']).and_then(|it| it.strip_prefix('/'));
        let digits = digits.and_then(|it| it.strip_suffix("/s"));
        let read = || {
            let (at, skipped) = digits?.split_at_checked(51)?;
            Some(Self { at: at.parse().ok()?, skipped: skipped.parse().ok()? })
        };
        read().ok_or_else(|| AwsError::invalid("The specified nextToken is invalid."))
    }
}

/// The newest events, in each page the oldest first. A page at the beginning of the stream
/// gives back the token it was asked with.
pub(super) fn get_log_events(world: &World, params: Params<'_>) -> Answered {
    let forwards = params.flag("startFromHead")?.unwrap_or(false);
    if UNPLAYED.iter().any(|name| params.has(name)) {
        bail!("InvalidParameterException", "Only a stream of a group by name is played");
    }
    let (group, name) =
        (params.required_text("logGroupName")?, params.required_text("logStreamName")?);
    let lines = world.logs.stream(params.region, group, name)?;
    let token = params.text("nextToken")?.map(Token::parse).transpose()?;
    if forwards {
        let start = token.map_or(0, |it| it.at).min(lines.len());
        let end = lines.len().min(start + limit(params)?);
        return Ok(page(world, &lines[start..end], (start, end, 0)));
    }
    let Token { at, skipped } = token.unwrap_or(Token { at: lines.len(), skipped: 0 });
    let end = at.min(lines.len());
    let start = end.saturating_sub(limit(params)?);
    let (events, backward) = if start < end && skipped < world.logs.empty_pages {
        (&lines[..0], Token { at: end, skipped: skipped + 1 })
    } else {
        (&lines[start..end], Token { at: start, skipped })
    };
    Ok(page(world, events, (backward.at, end, backward.skipped)))
}

/// A page that begins at one place and ends at another.
fn page(world: &World, events: &[Line], (start, end, skipped): (usize, usize, u16)) -> Value {
    let view = |line: &Line| {
        let time = world.calendar.millis(line.at);
        json!({ "timestamp": time, "message": line.text, "ingestionTime": time })
    };
    json!({
        "events": events.iter().map(view).collect::<Vec<Value>>(),
        "nextForwardToken": Token { at: end, skipped: 0 }.write('f'),
        "nextBackwardToken": Token { at: start, skipped }.write('b'),
    })
}

/// The one group of the very name that is asked for, unless a test took it away; others that
/// begin so come behind it.
pub(super) fn describe_log_groups(world: &World, params: Params<'_>) -> Answered {
    let name = params.required_text("logGroupNamePrefix")?;
    let groups = [name.to_owned(), format!("{name}-other")];
    let limit = usize::try_from(params.number("limit")?.unwrap_or(50)).unwrap_or(50);
    let there = groups.iter().filter(|it| !world.absent.contains(*it)).take(limit);
    let view = |name: &String| json!({ "logGroupName": name, "storedBytes": 0 });
    Ok(json!({ "logGroups": there.map(view).collect::<Vec<_>>() }))
}

fn limit(params: Params<'_>) -> Answered<usize> {
    match params.number("limit")?.unwrap_or(MOST) {
        limit @ 1..=MOST => Ok(limit as usize),
        limit => {
            Err(AwsError::invalid(format!("limit is {limit}; it must be between 1 and {MOST}")))
        }
    }
}
