//! A piece of one line of Markdown in which untrusted text stays text.

use std::fmt::{self, Write as _};

use super::linked::to_be_code;
use super::plain;

/// Characters of one text, its escapes not counted; what is longer is cut.
const LONGEST: usize = 1_000;

/// Text, code and links within a line: of a paragraph, a heading, an item of a
/// list or a cell of a table, wherever in it.
///
/// Kept as what is meant until it is written, because what has to be escaped
/// depends on the neighbours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Inline(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// On one line, not escaped.
    Text(String),
    /// On one line, not escaped.
    Code(String),
    Markup(&'static str),
    Link {
        label: Label,
        address: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Label {
    Text(&'static str),
    Code(String),
}

impl Inline {
    /// Shows `text` as it is; line breaks become spaces.
    pub(crate) fn text(text: &str) -> Self {
        Self::default().and(Piece::Text(plain::line(text, LONGEST)))
    }

    /// Shows `text` as it is, but for what stands between two backticks, which
    /// becomes code: the way in which problems and hints name inputs.
    pub(crate) fn prose(text: &str) -> Self {
        let text = plain::line(text, LONGEST);
        let mut prose = Self::default();
        let mut rest = text.as_str();
        while let Some((before, (code, after))) =
            rest.split_once('`').and_then(|(before, rest)| Some((before, rest.split_once('`')?)))
        {
            prose =
                prose.and(Piece::Text(before.to_owned())).and(Piece::Code(code.trim().to_owned()));
            rest = after;
        }
        prose.and(Piece::Text(rest.to_owned()))
    }

    /// Shows `text` as code; line breaks become spaces.
    pub(crate) fn code(text: &str) -> Self {
        Self::default().and(Piece::Code(plain::line(text, LONGEST).trim().to_owned()))
    }

    /// Markdown of this program, written as it is. Static, so that nothing that
    /// was read from anywhere can get in.
    pub(crate) fn markup(markdown: &'static str) -> Self {
        Self::default().and(Piece::Markup(markdown))
    }

    /// A link to `address`, in which whatever has no place in one is encoded.
    pub(crate) fn link(label: &'static str, address: &str) -> Self {
        Self::default().and(Piece::Link { label: Label::Text(label), address: address.to_owned() })
    }

    /// The same under a short name that is shown as code: letters, digits and `#`
    /// of it.
    pub(crate) fn linked_code(name: &str, address: &str) -> Self {
        let name: String =
            name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '#').collect();
        // Code with nothing in it would begin code with all that follows.
        if name.is_empty() {
            return Self::link("link", address);
        }
        Self::default().and(Piece::Link { label: Label::Code(name), address: address.to_owned() })
    }

    /// This, and `next` right behind it.
    #[must_use]
    pub(crate) fn then(self, next: Self) -> Self {
        next.0.into_iter().fold(self, Self::and)
    }

    /// All of `parts`, with `separator` between them.
    pub(crate) fn joined(parts: Vec<Self>, separator: &'static str) -> Self {
        let mut parts = parts.into_iter();
        let first = parts.next().unwrap_or_default();
        parts.fold(first, |line, part| line.then(Self::text(separator)).then(part))
    }

    /// Adds a piece. Equal kinds are joined: two texts can be something together
    /// that neither is alone, and two codes side by side would run together.
    fn and(mut self, piece: Piece) -> Self {
        match (self.0.last_mut(), piece) {
            (_, Piece::Text(text) | Piece::Code(text)) if text.is_empty() => {}
            (Some(Piece::Text(last)), Piece::Text(text))
            | (Some(Piece::Code(last)), Piece::Code(text)) => last.push_str(&text),
            (_, piece) => self.0.push(piece),
        }
        self
    }

    /// The same with every word that GitHub would make something of as code, and
    /// no pipe in code: in a table it would end the cell even there.
    fn settled(&self) -> Self {
        let mut settled = Self::default();
        for piece in &self.0 {
            settled = match piece {
                Piece::Text(text) => settle_text(settled, text),
                Piece::Code(code) => settle_code(settled, code),
                Piece::Markup(_) | Piece::Link { .. } => settled.and(piece.clone()),
            };
        }
        if let Some(Piece::Text(first)) = settled.0.first_mut() {
            *first = first.trim_start().to_owned();
        }
        if let Some(Piece::Text(last)) = settled.0.last_mut() {
            *last = last.trim_end().to_owned();
        }
        settled
    }
}

fn settle_text(mut settled: Inline, text: &str) -> Inline {
    for (number, word) in text.split(' ').enumerate() {
        if number > 0 {
            settled = settled.and(Piece::Text(" ".to_owned()));
        }
        let (before, code, after) = to_be_code(word).unwrap_or((word, "", ""));
        settled = settled.and(Piece::Text(before.to_owned()));
        settled = settle_code(settled, code).and(Piece::Text(after.to_owned()));
    }
    settled
}

fn settle_code(mut settled: Inline, code: &str) -> Inline {
    for (number, part) in code.split('|').enumerate() {
        if number > 0 {
            settled = settled.and(Piece::Text("|".to_owned()));
        }
        settled = settled.and(Piece::Code(part.to_owned()));
    }
    settled
}

impl fmt::Display for Inline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, piece) in self.settled().0.iter().enumerate() {
            match piece {
                Piece::Text(text) => write_text(f, text, number == 0)?,
                Piece::Code(code) => write_code(f, code)?,
                Piece::Markup(markdown) => f.write_str(markdown)?,
                Piece::Link { label, address } => {
                    match label {
                        Label::Text(text) => write!(f, "[{text}](")?,
                        Label::Code(code) => write!(f, "[`{code}`](")?,
                    }
                    write_address(f, address)?;
                    f.write_char(')')?;
                }
            }
        }
        Ok(())
    }
}

/// Escapes by character references, because one can never stand for structure
/// (CommonMark §2.5), while a backslash means something else inside a table.
fn write_text(f: &mut fmt::Formatter<'_>, text: &str, first: bool) -> fmt::Result {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let mut before = None;
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let after = rest.peek().map(|(_, c)| *c);
        let special = match c {
            '\\' | '`' | '*' | '[' | ']' | '~' | '|' | '#' | '!' | '<' | '>' | '&' => true,
            // Within a word it is never emphasis.
            '_' => ![before, after].iter().all(|c| c.is_some_and(|c| c.is_ascii_alphanumeric())),
            // `- a`, `=====`, `1. a`: structure only where a line begins.
            '-' | '+' | '=' => first && at == 0,
            '.' | ')' => first && at == digits && after.is_none_or(|c| c == ' '),
            _ => false,
        };
        match c {
            '<' => f.write_str("&lt;")?,
            '>' => f.write_str("&gt;")?,
            '&' => f.write_str("&amp;")?,
            _ if special => write!(f, "&#{};", u32::from(c))?,
            _ => f.write_char(c)?,
        }
        before = Some(c);
    }
    Ok(())
}

/// Fenced by the shortest run of backticks that does not occur in it: cmark
/// takes no run longer than 80 for a fence, and [`LONGEST`] characters have no
/// room for 80 different ones.
fn write_code(f: &mut fmt::Formatter<'_>, code: &str) -> fmt::Result {
    let runs: Vec<usize> = code.split(|c| c != '`').map(str::len).collect();
    let length = (1..).find(|length| !runs.contains(length)).unwrap_or(1);
    let fence = "`".repeat(length);
    // A space on both sides is taken away again by every reader of Markdown.
    let spaced = code.starts_with(' ') && code.ends_with(' ') && code.trim() != "";
    let pad = if spaced || code.starts_with('`') || code.ends_with('`') { " " } else { "" };
    write!(f, "{fence}{pad}{code}{pad}{fence}")
}

fn write_address(f: &mut fmt::Formatter<'_>, address: &str) -> fmt::Result {
    for byte in address.bytes() {
        match byte {
            b'&' => f.write_str("&amp;")?,
            b if b.is_ascii_alphanumeric() || b"-._~:/?#@!$'*+,;=%".contains(&b) => {
                f.write_char(char::from(b))?;
            }
            b => write!(f, "%{b:02X}")?,
        }
    }
    Ok(())
}
