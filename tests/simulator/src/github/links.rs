//! Addresses, as a caller sees them who reached the API by another host or below
//! `/api/v3`.

use crate::github::operation::{NAME, OWNER};

/// Where the API and the web pages are.
#[derive(Debug, Clone)]
pub(crate) struct Links {
    api: String,
    web: String,
}

impl Links {
    pub(crate) fn new(api: &str) -> Self {
        let web = api.strip_suffix("/api/v3").unwrap_or("https://github.com");
        Self { api: api.to_owned(), web: web.to_owned() }
    }

    pub(crate) fn api(&self, path: &str) -> String {
        format!("{}/{path}", self.api)
    }

    pub(crate) fn web(&self, path: &str) -> String {
        format!("{}/{path}", self.web)
    }

    /// Of the API, below the repository.
    pub(crate) fn repo(&self, path: &str) -> String {
        self.api(&format!("repos/{OWNER}/{NAME}/{path}"))
    }

    pub(crate) fn repository(&self) -> String {
        self.api(&format!("repos/{OWNER}/{NAME}"))
    }

    pub(crate) fn page(&self, path: &str) -> String {
        self.web(&format!("{OWNER}/{NAME}/{path}"))
    }
}
