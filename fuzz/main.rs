//! libFuzzer on the law that `FUZZ_LAW` names: see `.ci/fuzz`.
#![no_main]

use std::sync::OnceLock;

use ecs_release::internals::LAWS;

static LAW: OnceLock<fn(&[u8])> = OnceLock::new();

libfuzzer_sys::fuzz_target!(
    init: {
        #[allow(clippy::disallowed_methods, reason = "the arguments are libFuzzer's")]
        let name = std::env::var("FUZZ_LAW").unwrap_or_default();
        let law = LAWS.iter().find(|(it, _)| *it == name).map(|(_, law)| *law);
        let law = law.unwrap_or_else(|| panic!("FUZZ_LAW is {name:?}, and no law is called that"));
        LAW.get_or_init(|| law);
    },
    |data: &[u8]| {
        if let Some(law) = LAW.get() {
            law(data);
        }
    }
);
