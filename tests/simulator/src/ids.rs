//! The identifiers AWS makes up, out of a seeded generator: the same run gives
//! the same names.

const NANO: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz-";

#[derive(Debug)]
pub(crate) struct Ids(fastrand::Rng);

impl Ids {
    pub(crate) fn with_seed(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// 19 digits: a service revision, and with `ecs-svc/` before it a deployment.
    pub(crate) fn revision(&mut self) -> String {
        self.0.u64(1_000_000_000_000_000_000..9_223_372_036_854_775_807).to_string()
    }

    /// 21 characters: a service deployment.
    pub(crate) fn service_deployment(&mut self) -> String {
        (0..21).map(|_| char::from(NANO[self.0.usize(..NANO.len())])).collect()
    }

    /// `d-` and nine letters or digits: a deployment of CodeDeploy.
    pub(crate) fn deployment(&mut self) -> String {
        let letters = (0..9).map(|_| char::from(NANO[self.0.usize(..36)]));
        format!("d-{}", letters.collect::<String>())
    }

    /// 32 hexadecimal digits: a task.
    pub(crate) fn task(&mut self) -> String {
        format!("{:032x}", self.0.u128(..))
    }

    /// A UUID: an event, an attachment, a container, a hook.
    pub(crate) fn uuid(&mut self) -> String {
        let hex = self.task();
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}
