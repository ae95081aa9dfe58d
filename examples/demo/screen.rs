//! What the demo prints: a step as the page of a workflow run shows it.
//!
//! Knows nothing of what the steps are about.

use std::io::IsTerminal;

use crate::action::Run;

/// Outputs that a reader wants to see; the others repeat them as ARNs.
const SHOWN: [&str; 7] = [
    "result",
    "version",
    "previous-version",
    "running-version",
    "image-digest",
    "task-definition-revision",
    "duration-seconds",
];

const WIDTH: usize = 78;

/// Standard output, with colours where it is a terminal.
pub(crate) struct Screen {
    colours: bool,
    in_group: bool,
}

/// The colours, as ANSI knows them.
#[derive(Clone, Copy)]
enum Ink {
    Bold = 1,
    Faint = 2,
    Red = 31,
    Yellow = 33,
    Cyan = 36,
}

impl Screen {
    /// Colours only where somebody sees them and hasn't asked for none
    /// (<https://no-color.org>).
    pub(crate) fn new() -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { colours: std::io::stdout().is_terminal() && !unwanted, in_group: false }
    }

    /// Says what is going to be seen.
    pub(crate) fn opening(&self, url: &str, package: &str) {
        let version = package.lines().find(|line| line.contains("version")).unwrap_or_default();
        println!("A simulated AWS listens on {url}. The service shop runs 1.4.1 there,");
        println!("and package.json says {}. Six steps of a workflow follow.", version.trim());
    }

    /// Says what there is to try.
    pub(crate) fn opening_by_hand(&self) {
        println!(
            "The service shop in the cluster prod runs 1.4.1. There are images of 1.3.0, 1.4.0,"
        );
        println!(
            "1.4.1, 1.4.2 and 1.4.3, which crashes; package.json says 1.4.2. Type the inputs of"
        );
        println!(
            "a step in one line. An empty line deploys the version in package.json. Then try:"
        );
        println!("  {}", self.ink(Ink::Cyan, "version=1.4.3"));
        println!(
            "  {}",
            self.ink(Ink::Cyan, "command=rollback version=previous reason=Checkout is slow")
        );
        println!("  {}", self.ink(Ink::Cyan, "command=list"));
    }

    /// Asks for the inputs of a step.
    pub(crate) fn prompt(&self) {
        println!(
            "\n{}",
            self.ink(Ink::Bold, "Inputs of the next step (NAME=VALUE …; Ctrl-D ends):")
        );
    }

    /// The title of a step and its lines in the workflow.
    pub(crate) fn step(&self, number: u32, title: &str, with: &[(&str, String)]) {
        println!("\n{}\n", self.ink(Ink::Bold, &rule(&format!("{number}. {title}"))));
        let (_, action) = env!("CARGO_PKG_REPOSITORY").split_at("https://github.com/".len());
        let uses = format!("- uses: {action}@v{}", env!("CARGO_PKG_VERSION"));
        println!("  {}", self.ink(Ink::Cyan, &uses));
        println!("  {}", self.ink(Ink::Cyan, "  with:"));
        for (name, value) in with {
            // Without quotes YAML would make a list of it.
            let quote = if value.starts_with('[') { "'" } else { "" };
            let line = format!("    {name}: {quote}{value}{quote}");
            println!("  {}", self.ink(Ink::Cyan, &line));
        }
        self.heading("Log");
    }

    /// One line of the log, its commands as the runner shows them.
    pub(crate) fn log(&mut self, line: &str) {
        let indent = if self.in_group { "    " } else { "  " };
        let Some((command, data)) = command(line) else { return println!("{indent}{line}") };
        let data = data.replace("%0A", "\n  ").replace("%0D", "").replace("%25", "%");
        match command {
            "group" => println!("  {}", self.ink(Ink::Bold, &format!("▼ {data}"))),
            "error" => println!("  {}", self.ink(Ink::Red, &format!("Error: {data}"))),
            "warning" => println!("  {}", self.ink(Ink::Yellow, &format!("Warning: {data}"))),
            "notice" => println!("  Notice: {data}"),
            _ => {}
        }
        self.in_group = command == "group" || (self.in_group && command != "endgroup");
    }

    /// What a step left to the page of the run and to the steps behind it.
    pub(crate) fn left_behind(&self, run: &Run, writes: &[String]) {
        self.heading("Outputs");
        for name in SHOWN {
            if let Some(value) = run.outputs.get(name) {
                println!("  {name:<25} {value}");
            }
        }
        self.heading("Job summary");
        for line in folded(run.summary.trim_end()) {
            println!("  {} {line}", self.ink(Ink::Faint, "│"));
        }
        let writes = if writes.is_empty() { "nothing".to_owned() } else { writes.join(", ") };
        let took = run.took.as_secs_f64();
        let ending = format!("exit code {} after {took:.1} s; written to AWS: {writes}", run.code);
        println!("\n  {}", self.ink(Ink::Faint, &ending));
    }

    /// A line for each step, for a reader whose screen shows no more than the end.
    pub(crate) fn recap(&self, lines: &[String]) {
        println!("\n{}\n", self.ink(Ink::Bold, &rule("In short")));
        lines.iter().for_each(|line| println!("  {line}"));
    }

    /// Says that the demo has failed.
    pub(crate) fn wrong(&self, what: &str) {
        println!("\n  {}", self.ink(Ink::Red, &format!("This is wrong: {what}")));
    }

    fn heading(&self, text: &str) {
        println!("\n  {}", self.ink(Ink::Faint, text));
    }

    fn ink(&self, ink: Ink, text: &str) -> String {
        if self.colours { format!("\x1b[{}m{text}\x1b[0m", ink as u8) } else { text.to_owned() }
    }
}

/// How a step ended, in one line: its time, how much it wrote, and the first line of its summary.
pub(crate) fn recapped(number: u32, run: &Run, writes: usize) -> String {
    let headline = run.summary.lines().next().unwrap_or_default().trim_start_matches("### ");
    let took = run.took.as_secs_f64();
    format!("{number}. {took:>4.1} s  {writes} writes  {headline}")
}

/// A title with a line up to the right edge.
fn rule(title: &str) -> String {
    format!("── {title} {}", "─".repeat(WIDTH.saturating_sub(title.chars().count() + 4)))
}

/// Markdown as the page shows it at first: what can be unfolded is one line.
fn folded(markdown: &str) -> impl Iterator<Item = String> {
    let mut hidden = false;
    markdown.lines().filter_map(move |line| {
        if let Some(title) = line.strip_prefix("<details><summary>") {
            hidden = true;
            return Some(format!("▶ {}", title.trim_end_matches("</summary>")));
        }
        let shown = (!hidden).then(|| without_addresses(line));
        hidden = hidden && line != "</details>";
        shown
    })
}

/// `[text](https://…)` as the page shows it: the text.
fn without_addresses(line: &str) -> String {
    let mut parts = line.split("](https://");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        if let Some(opening) = shown.rfind('[') {
            shown.remove(opening);
        }
        shown += part.split_once(')').map_or("", |(_, rest)| rest);
    }
    shown
}

/// The name and the data of a workflow command: `::name properties::data`.
fn command(line: &str) -> Option<(&str, &str)> {
    let (head, data) = line.strip_prefix("::")?.split_once("::")?;
    Some((head.split(' ').next().unwrap_or(head), data))
}
