//! Answers that several readers need, also at the same time.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

/// Answers by what was asked for, each read once. A failure is none: it is read again.
#[derive(Debug)]
pub(crate) struct Once<K, V>(Mutex<HashMap<K, Arc<OnceCell<V>>>>);

impl<K, V> Default for Once<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Once<K, V> {
    /// What is known of `asked`, else what `reading` finds.
    pub(crate) async fn get<E>(
        &self,
        asked: &K,
        reading: impl Future<Output = Result<V, E>>,
    ) -> Result<V, E> {
        let known = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(asked.clone()).or_default())
        };
        known.get_or_try_init(|| reading).await.cloned()
    }
}
