//! Whether an image can run where the task definition sends it.
//!
//! A mismatch refuses a deployment, so it is only said where it is proved; whatever
//! the task definition or the image leaves open is unknown.

use std::fmt;

use super::platform::{Platform, UNKNOWN};

/// The member `runtimePlatform` of a task definition, as written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RuntimePlatform<'a> {
    /// `X86_64` or `ARM64`.
    pub cpu_architecture: Option<&'a str>,
    /// `LINUX`, `WINDOWS_SERVER_2022_CORE`, …
    pub operating_system_family: Option<&'a str>,
}

/// The platform that a task needs, as far as its definition says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Required {
    os: Option<&'static str>,
    architecture: Option<&'static str>,
    /// The third number of a Windows version.
    windows_build: Option<&'static str>,
}

impl Required {
    /// What a task definition asks for. On Fargate an absent member has a default;
    /// on EC2 the instance decides, and nothing is known. A value that ECS has added
    /// since is unknown too.
    pub(crate) fn by_task(runtime: RuntimePlatform<'_>, on_fargate: bool) -> Self {
        let (os, windows_build) = match runtime.operating_system_family {
            Some("LINUX") => (Some("linux"), None),
            Some(family) if family.starts_with("WINDOWS_") => {
                (Some("windows"), windows_build(family))
            }
            None if on_fargate => (Some("linux"), None),
            Some(_) | None => (None, None),
        };
        let architecture = match runtime.cpu_architecture {
            Some("X86_64") => Some("amd64"),
            Some("ARM64") => Some("arm64"),
            None if on_fargate => Some("amd64"),
            Some(_) | None => None,
        };
        Self { os, architecture, windows_build }
    }

    fn judge(&self, platform: &Platform) -> Judgement {
        if platform.is_unknown() {
            return Judgement::Perhaps("an image in its index states no platform".to_owned());
        }
        let differs = |wanted: Option<&str>, has: &str| {
            wanted.is_some_and(|wanted| has != UNKNOWN && has != wanted)
        };
        if differs(self.os, &platform.os) {
            return Judgement::No;
        }
        if differs(self.architecture, &platform.architecture) {
            // containerd takes these too (platforms/compare.go, platformVector).
            return match (self.architecture, platform.architecture.as_str()) {
                (Some("amd64"), "386") | (Some("arm64"), "arm") => Judgement::Perhaps(format!(
                    "{platform} may or may not run where {self} is required"
                )),
                _ => Judgement::No,
            };
        }
        if self.os.is_none() || self.architecture.is_none() {
            return Judgement::Perhaps(
                "the task definition has no complete runtimePlatform, so the instance decides which platform is needed"
                    .to_owned(),
            );
        }
        if platform.os == UNKNOWN || platform.architecture == UNKNOWN {
            return Judgement::Perhaps(format!("the image states its platform as {platform}"));
        }
        if !is_plain(platform.variant.as_deref()) {
            return Judgement::Perhaps(format!("not every {self} CPU runs {platform}"));
        }
        match (self.windows_build, build_of(platform)) {
            (Some(wanted), Some(has)) if wanted != has => Judgement::Perhaps(format!(
                "the image is for the Windows build {has}, the task runs on {wanted}"
            )),
            _ => Judgement::Yes,
        }
    }
}

impl fmt::Display for Required {
    /// `linux/arm64`; a part that is not known is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.os, self.architecture) {
            (Some(os), Some(architecture)) => write!(f, "{os}/{architecture}"),
            (Some(part), None) | (None, Some(part)) => f.write_str(part),
            (None, None) => f.write_str("any platform"),
        }
    }
}

/// The answer of [`fit`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fit {
    Fits,
    /// It is proved that it doesn't.
    Mismatch {
        wanted: Required,
        has: Vec<Platform>,
    },
    /// It is not known; why not, as the end of a sentence without a full stop.
    Unknown(String),
}

/// Whether an image that holds the platforms `has` can run as `required`.
pub(crate) fn fit(required: &Required, has: &[Platform]) -> Fit {
    let mut unknown = has.is_empty().then(|| "the image states no platform".to_owned());
    for platform in has {
        match required.judge(platform) {
            Judgement::Yes => return Fit::Fits,
            Judgement::Perhaps(why) => unknown = unknown.or(Some(why)),
            Judgement::No => {}
        }
    }
    match unknown {
        Some(why) => Fit::Unknown(why),
        None => Fit::Mismatch { wanted: required.clone(), has: has.to_vec() },
    }
}

enum Judgement {
    Yes,
    Perhaps(String),
    No,
}

/// Whether every 64-bit CPU that ECS runs on has it.
fn is_plain(variant: Option<&str>) -> bool {
    matches!(variant, None | Some("v1" | "v8" | "8" | "v8.0"))
}

fn build_of(platform: &Platform) -> Option<&str> {
    platform.os_version.as_deref()?.split('.').nth(2)
}

/// The build of a Windows release (Microsoft, "Windows container version
/// compatibility"). Containers of another build may or may not start.
fn windows_build(family: &str) -> Option<&'static str> {
    let release = family.strip_prefix("WINDOWS_SERVER_")?.split('_').next()?;
    match release {
        "2016" => Some("14393"),
        "2019" => Some("17763"),
        "2004" => Some("19041"),
        "20H2" => Some("19042"),
        "2022" => Some("20348"),
        "2025" => Some("26100"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ON_FARGATE: bool = true;
    const ON_EC2: bool = false;

    fn required(cpu: &'static str, family: &'static str, on_fargate: bool) -> Required {
        let present = |text: &'static str| Some(text).filter(|text| !text.is_empty());
        Required::by_task(
            RuntimePlatform {
                cpu_architecture: present(cpu),
                operating_system_family: present(family),
            },
            on_fargate,
        )
    }

    fn platform(text: &str) -> Platform {
        let (text, os_version) = match text.split_once(' ') {
            Some((text, version)) => (text, Some(version.to_owned())),
            None => (text, None),
        };
        let mut parts = text.split('/').map(str::to_owned);
        Platform {
            os: parts.next().expect("an OS"),
            architecture: parts.next().expect("an architecture"),
            variant: parts.next(),
            os_version,
        }
    }

    #[test]
    fn an_absent_runtime_platform_has_a_default_on_fargate_only() {
        for (cpu, family, on_fargate, shown) in [
            ("", "", ON_FARGATE, "linux/amd64"),
            ("ARM64", "", ON_FARGATE, "linux/arm64"),
            ("", "WINDOWS_SERVER_2022_CORE", ON_FARGATE, "windows/amd64"),
            ("", "", ON_EC2, "any platform"),
            ("ARM64", "", ON_EC2, "arm64"),
            ("", "LINUX", ON_EC2, "linux"),
            ("X86_64", "LINUX", ON_EC2, "linux/amd64"),
            ("RISCV64", "PLAN9", ON_FARGATE, "any platform"),
        ] {
            let required = required(cpu, family, on_fargate);
            assert_eq!(required.to_string(), shown, "{cpu} {family}");
        }
    }

    #[test]
    fn a_mismatch_is_said_only_where_it_is_proved() {
        let default = required("", "", ON_FARGATE);
        let arm = required("ARM64", "LINUX", ON_EC2);
        let windows = required("X86_64", "WINDOWS_SERVER_2022_CORE", ON_FARGATE);
        let only_linux = required("", "LINUX", ON_EC2);
        let open = required("", "", ON_EC2);
        for (required, has, answer) in [
            (&default, &["linux/amd64"][..], "fits"),
            (&default, &["linux/amd64/v1"], "fits"),
            (&default, &["linux/arm64", "linux/amd64"], "fits"),
            (&default, &["unknown/unknown", "linux/amd64"], "fits"),
            (&default, &["linux/arm64/v8"], "mismatch"),
            (&default, &["linux/arm64", "windows/amd64"], "mismatch"),
            (&default, &["linux/amd64/v3"], "not every linux/amd64 CPU runs linux/amd64/v3"),
            (&default, &["linux/386"], "linux/386 may or may not run"),
            (&default, &["windows/386"], "mismatch"),
            (&default, &["linux/arm64", "unknown/unknown"], "states no platform"),
            (&default, &["linux/unknown"], "states its platform as linux/unknown"),
            (&default, &["windows/unknown"], "mismatch"),
            (&default, &[], "states no platform"),
            (&arm, &["linux/arm64/v8"], "fits"),
            (&arm, &["linux/amd64"], "mismatch"),
            (&arm, &["linux/arm/v7"], "may or may not run"),
            (&windows, &["windows/amd64 10.0.20348.2113"], "fits"),
            (&windows, &["windows/amd64"], "fits"),
            (
                &windows,
                &["windows/amd64 10.0.17763.1"],
                "Windows build 17763, the task runs on 20348",
            ),
            (&windows, &["windows/amd64 10.0.17763.1", "windows/amd64 10.0.20348.1"], "fits"),
            (&windows, &["linux/amd64"], "mismatch"),
            (&only_linux, &["linux/arm64"], "the instance decides which platform"),
            (&only_linux, &["windows/amd64"], "mismatch"),
            (&open, &["linux/amd64"], "the instance decides which platform"),
        ] {
            let has: Vec<Platform> = has.iter().map(|text| platform(text)).collect();
            match (fit(required, &has), answer) {
                (Fit::Fits, "fits") => {}
                (Fit::Mismatch { wanted, has: found }, "mismatch") => {
                    assert_eq!((&wanted, &found), (required, &has));
                }
                (Fit::Unknown(why), part) => assert!(why.contains(part), "{has:?}: {why}"),
                (other, _) => panic!("{has:?} for {required}: {other:?} instead of {answer}"),
            }
        }
    }
}
