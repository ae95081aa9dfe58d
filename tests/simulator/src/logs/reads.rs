//! `GetLogEvents`: pages of a stream, forwards and backwards.

use serde_json::{Value, json};

use crate::logs::Line;
use crate::wire::{AwsError, Params};
use crate::world::{Caller, World};

/// The most events of a page, and as many as come unless a request says less.
/// The limit of 1 MB is not played.
const MOST: u64 = 10_000;

/// Where a page begins, and in which direction it goes.
#[derive(Debug, Clone, Copy)]
struct Token {
    backward: bool,
    /// The number of lines before this place.
    at: usize,
    /// The empty pages so far.
    skipped: u16,
}

impl Token {
    /// `b/` or `f/`, 56 digits, `/s`: opaque to clients.
    fn write(self) -> String {
        let direction = if self.backward { 'b' } else { 'f' };
        format!("{direction}/{:051}{:05}/s", self.at, self.skipped)
    }

    fn parse(text: &str) -> Result<Self, AwsError> {
        let invalid = || AwsError::invalid("The specified nextToken is invalid.");
        let (direction, rest) = text.split_once('/').ok_or_else(invalid)?;
        let digits = rest.strip_suffix("/s").ok_or_else(invalid)?;
        let (at, skipped) = digits.split_at_checked(51).ok_or_else(invalid)?;
        Ok(Self {
            backward: match direction {
                "b" => true,
                "f" => false,
                _ => return Err(invalid()),
            },
            at: at.parse().map_err(|_| invalid())?,
            skipped: skipped.parse().map_err(|_| invalid())?,
        })
    }
}

/// The newest events unless asked otherwise; in each page the oldest first. A
/// page at an end of the stream gives back the token it was asked with.
pub(super) fn get_log_events(
    world: &World,
    caller: &Caller,
    params: Params<'_>,
) -> Result<Value, AwsError> {
    let name = params.required_text("logStreamName")?;
    let lines = world.logs.stream(&caller.region, group(params)?, name)?;
    let millis = |line: &Line| world.calendar.millis(line.at);
    let before = |bound: u64| lines.partition_point(|line| millis(line) < bound);
    let oldest = params.number("startTime")?.map_or(0, before);
    let newest = params.number("endTime")?.map_or(lines.len(), before).max(oldest);
    let from_head = params.flag("startFromHead")?.unwrap_or(false);
    let token = match params.text("nextToken")? {
        Some(token) => Token::parse(token)?,
        None if from_head => Token { backward: false, at: oldest, skipped: 0 },
        None => Token { backward: true, at: newest, skipped: 0 },
    };
    let (at, limit) = (token.at.clamp(oldest, newest), limit(params)?);
    let (start, end) = if token.backward {
        (at.saturating_sub(limit).max(oldest), at)
    } else {
        (at, at.saturating_add(limit).min(newest))
    };
    let backward = Token { backward: true, at: start, ..token };
    let forward = Token { backward: false, at: end, ..token };
    if start < end && token.skipped < world.logs.empty_pages {
        let skipped = token.skipped + 1;
        let (backward, forward) =
            (Token { at, skipped, ..backward }, Token { at, skipped, ..forward });
        return Ok(page(Vec::new(), backward, forward));
    }
    let events = lines[start..end].iter().map(|line| {
        let time = millis(line);
        json!({ "timestamp": time, "message": line.text, "ingestionTime": time })
    });
    Ok(page(events.collect(), backward, forward))
}

fn page(events: Vec<Value>, backward: Token, forward: Token) -> Value {
    json!({
        "events": events,
        "nextForwardToken": forward.write(),
        "nextBackwardToken": backward.write(),
    })
}

/// The group by its name, or in a `logGroupIdentifier` also by its ARN.
fn group(params: Params<'_>) -> Result<&str, AwsError> {
    match (params.text("logGroupName")?, params.text("logGroupIdentifier")?) {
        (Some(name), None) => Ok(name),
        (None, Some(name)) => Ok(name.split_once(":log-group:").map_or(name, |(_, name)| name)),
        _ => Err(AwsError::invalid("Exactly one of logGroupName and logGroupIdentifier is needed")),
    }
}

fn limit(params: Params<'_>) -> Result<usize, AwsError> {
    match params.number("limit")?.unwrap_or(MOST) {
        limit @ 1..=MOST => Ok(limit as usize),
        limit => {
            Err(AwsError::invalid(format!("limit is {limit}; it must be between 1 and {MOST}")))
        }
    }
}
