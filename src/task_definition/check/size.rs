//! The size of a task: its CPU, memory and disk.

use super::findings::Findings;
use super::image::placeholder;
use super::node::Node;
use super::task::Task;
use crate::task_definition::number;

/// What memory Fargate has for a number of CPU units, in MiB.
struct FargateSize {
    cpu: u64,
    lowest: u64,
    highest: u64,
    steps: Steps,
}

enum Steps {
    Of(u64),
    Doubling,
}

/// Developer guide, "Troubleshoot Amazon ECS task definition invalid CPU or memory
/// errors". It holds wherever FARGATE is required, even if EC2 is as well.
const FARGATE_SIZES: [FargateSize; 7] = [
    FargateSize { cpu: 256, lowest: 512, highest: 2048, steps: Steps::Doubling },
    FargateSize { cpu: 512, lowest: 1024, highest: 4096, steps: Steps::Of(1024) },
    FargateSize { cpu: 1024, lowest: 2048, highest: 8192, steps: Steps::Of(1024) },
    FargateSize { cpu: 2048, lowest: 4096, highest: 16_384, steps: Steps::Of(1024) },
    FargateSize { cpu: 4096, lowest: 8192, highest: 30_720, steps: Steps::Of(1024) },
    FargateSize { cpu: 8192, lowest: 16_384, highest: 61_440, steps: Steps::Of(4096) },
    FargateSize { cpu: 16_384, lowest: 32_768, highest: 122_880, steps: Steps::Of(8192) },
];

/// ECS API reference, `RegisterTaskDefinition`, member `memory`: not less for Windows
/// containers on Fargate.
const LEAST_CPU_FOR_WINDOWS: u64 = 1024;

pub(super) fn check(task: &Task<'_>, found: &mut Findings) {
    let (cpu, memory) = (task.top("cpu"), task.top("memory"));
    for (node, unit, example) in [(&cpu, "vCPU", "1024"), (&memory, "GB", "2048")] {
        if node.text().is_none() {
            // ECS: "Fargate requires that 'cpu' be defined at the task level."
            if task.is_fargate {
                let hint = format!("Add it in quotes, for example {example:?}.");
                found.error(node, "is missing, and a task on Fargate needs it", hint);
            }
        } else if units(node, unit).is_none() {
            check_spelling(node, unit, example, found);
        }
    }
    if !task.is_fargate {
        return;
    }
    if let Some(units_of_cpu) = units(&cpu, "vCPU") {
        if task.is_windows && units_of_cpu < LEAST_CPU_FOR_WINDOWS {
            let what = format!(
                "is {units_of_cpu}, but Windows on Fargate needs at least {LEAST_CPU_FOR_WINDOWS}"
            );
            found.error(&cpu, what, "Raise it, and `memory` with it.");
        } else {
            check_pair(&cpu, units_of_cpu, &memory, found);
        }
    }
    check_disk(&task.top("ephemeralStorage").member("sizeInGiB"), found);
}

/// The CPU units or the MiB that a text stands for: `1024`, `1 vCPU`, `.5 vcpu`.
pub(super) fn units(node: &Node<'_>, unit: &str) -> Option<u64> {
    let text = node.text()?.trim();
    text.parse().ok().or_else(|| number::in_1024ths(text, &unit.to_ascii_lowercase()))
}

/// ECS: "Invalid 'cpu' setting for task." Which other units it takes is not
/// documented, so what has a digit in it is only doubtful.
fn check_spelling(node: &Node<'_>, unit: &str, example: &str, found: &mut Findings) {
    let text = node.text().unwrap_or_default();
    let what = format!("is {text:?}, which is not a known size");
    let hint = format!("Write {example:?}, or the same in {unit}.");
    if placeholder(text).is_some() || !text.contains(|c: char| c.is_ascii_digit()) {
        found.error(node, what, hint);
    } else {
        found.warning(node, what, hint);
    }
}

/// ECS: "No Fargate configuration exists for given values."
fn check_pair(cpu: &Node<'_>, units_of_cpu: u64, memory: &Node<'_>, found: &mut Findings) {
    let Some(size) = FARGATE_SIZES.iter().find(|size| size.cpu == units_of_cpu) else {
        let known = FARGATE_SIZES.map(|size| size.cpu.to_string()).join(", ");
        let what = format!("is {units_of_cpu}, but Fargate is known to support {known}");
        let hint = "Choose one of these.";
        // AWS has added larger sizes before.
        return if FARGATE_SIZES.iter().all(|size| size.cpu < units_of_cpu) {
            found.warning(cpu, what, hint);
        } else {
            found.error(cpu, what, hint);
        };
    };
    let Some(mebibytes) = units(memory, "GB") else { return };
    if !size.has(mebibytes) {
        let what = format!(
            "is {mebibytes} MiB, but with {units_of_cpu} CPU units Fargate allows {}",
            size.choices()
        );
        found.error(memory, what, "Choose one of these, or another `cpu`.");
    }
}

impl FargateSize {
    fn has(&self, mebibytes: u64) -> bool {
        let is_on_a_step = match self.steps {
            Steps::Of(step) => mebibytes.is_multiple_of(step),
            Steps::Doubling => mebibytes.is_power_of_two(),
        };
        (self.lowest..=self.highest).contains(&mebibytes) && is_on_a_step
    }

    fn choices(&self) -> String {
        let Self { lowest, highest, .. } = self;
        match self.steps {
            Steps::Of(step) => format!("{lowest} to {highest} in steps of {step}"),
            Steps::Doubling => format!("{lowest}, {} or {highest}", lowest * 2),
        }
    }
}

/// ECS API reference, `EphemeralStorage`; ECS: "EphemeralStorage size should be at
/// least 21".
fn check_disk(size: &Node<'_>, found: &mut Findings) {
    if let Some(gibibytes) = size.number().filter(|it| !(21..=200).contains(it)) {
        let what = format!("is {gibibytes}, but Fargate accepts 21 to 200");
        found.error(size, what, "Change it, or leave it out: a task has 20 GiB by default.");
    }
}
