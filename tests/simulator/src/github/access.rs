//! Who asks, and what their token lets them do.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::github::links::Links;
use crate::wire::extend;
use crate::words::words;

/// The token that every simulated GitHub knows: an installation token, as a job
/// has one, that may do everything.
pub const TOKEN: &str = "ghs_token-of-the-job";

/// Who a job's own token acts as.
pub const JOB_LOGIN: &str = "github-actions[bot]";

/// How far a permission goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum May {
    Nothing,
    Read,
    Write,
}

/// What a token may do, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grants {
    pub(crate) contents: May,
    pub(crate) pull_requests: May,
    pub(crate) deployments: May,
    pub(crate) issues: May,
    pub(crate) author: Author,
}

impl Grants {
    /// An installation token with this much of every permission.
    fn job(may: May) -> Self {
        let author = Author::new(JOB_LOGIN, Kind::Bot);
        Self { contents: may, pull_requests: may, deployments: may, issues: may, author }
    }

    /// A job's token that may write everything.
    pub fn all() -> Self {
        Self::job(May::Write)
    }

    /// A job's token that may read everything, as that of a fork's pull request.
    pub fn read_only() -> Self {
        Self::job(May::Read)
    }

    /// A job's token without permissions.
    pub fn none() -> Self {
        Self::job(May::Nothing)
    }

    #[must_use]
    pub fn contents(self, contents: May) -> Self {
        Self { contents, ..self }
    }

    #[must_use]
    pub fn pull_requests(self, pull_requests: May) -> Self {
        Self { pull_requests, ..self }
    }

    #[must_use]
    pub fn deployments(self, deployments: May) -> Self {
        Self { deployments, ..self }
    }

    #[must_use]
    pub fn issues(self, issues: May) -> Self {
        Self { issues, ..self }
    }

    /// The same as a person's token: they have a login, and may ask who they are.
    #[must_use]
    pub fn person(self, login: &str) -> Self {
        Self { author: Author::new(login, Kind::User), ..self }
    }

    /// The same as the token of another app's installation, such as `deployer[bot]`.
    #[must_use]
    pub fn app(self, login: &str) -> Self {
        Self { author: Author::new(login, Kind::Bot), ..self }
    }

    pub(crate) fn is_person(&self) -> bool {
        self.author.kind == Kind::User
    }
}

#[derive(Debug)]
pub(crate) struct Tokens(BTreeMap<String, Grants>);

impl Default for Tokens {
    fn default() -> Self {
        Self(BTreeMap::from([(TOKEN.to_owned(), Grants::all())]))
    }
}

impl Tokens {
    pub(crate) fn set(&mut self, token: &str, grants: Grants) {
        self.0.insert(token.to_owned(), grants);
    }

    pub(crate) fn get(&self, token: &str) -> Option<&Grants> {
        self.0.get(token)
    }
}

words! {
    /// What kind of account somebody has.
    pub enum Kind {
        User = "User",
        Bot = "Bot",
        /// An owner of repositories.
        Organization = "Organization",
    }
}

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Such as `octocat` or `github-actions[bot]`.
    pub login: String,
    pub kind: Kind,
}

impl Author {
    pub(crate) fn new(login: &str, kind: Kind) -> Self {
        Self { login: login.to_owned(), kind }
    }

    fn id(&self) -> u64 {
        if self.login == JOB_LOGIN {
            return 41_898_282;
        }
        self.login.bytes().fold(7, |id, byte| (id * 31 + u64::from(byte)) % 90_000_000)
    }

    /// A `simple-user`.
    pub(crate) fn view(&self, links: &Links) -> Value {
        let (id, login) = (self.id(), &self.login);
        let name = login.replace('[', "%5B").replace(']', "%5D");
        let url = links.api(&format!("users/{name}"));
        let page = match login.strip_suffix("[bot]") {
            Some(app) => links.web(&format!("apps/{app}")),
            None => links.web(login),
        };
        json!({
            "login": login,
            "id": id,
            "node_id": format!("U_{id}"),
            "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}?v=4"),
            "gravatar_id": "",
            "url": url,
            "html_url": page,
            "followers_url": format!("{url}/followers"),
            "following_url": format!("{url}/following{{/other_user}}"),
            "gists_url": format!("{url}/gists{{/gist_id}}"),
            "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
            "subscriptions_url": format!("{url}/subscriptions"),
            "organizations_url": format!("{url}/orgs"),
            "repos_url": format!("{url}/repos"),
            "events_url": format!("{url}/events{{/privacy}}"),
            "received_events_url": format!("{url}/received_events"),
            "type": self.kind.as_str(),
            "user_view_type": "public",
            "site_admin": false,
        })
    }

    /// A `public-user`.
    pub(crate) fn profile(&self, links: &Links) -> Value {
        let mut user = self.view(links);
        let more = json!({
            "name": null, "company": null, "blog": "", "location": null, "email": null,
            "hireable": null, "bio": null, "twitter_username": null, "public_repos": 2,
            "public_gists": 0, "followers": 1, "following": 0,
            "created_at": "2015-01-01T00:00:00Z", "updated_at": "2025-01-01T00:00:00Z",
        });
        extend(&mut user, more.as_object().expect("it is an object"));
        user
    }

    /// The app through which somebody acted; null for a person.
    pub(crate) fn app(&self, links: &Links) -> Value {
        let Some(slug) = self.login.strip_suffix("[bot]") else { return Value::Null };
        let id = self.id();
        json!({
            "id": id,
            "client_id": format!("Iv1.{id:016x}"),
            "slug": slug,
            "node_id": format!("A_{id}"),
            "owner": Self::new("github", Kind::Organization).view(links),
            "name": slug,
            "description": null,
            "external_url": format!("https://example.com/{slug}"),
            "html_url": links.web(&format!("apps/{slug}")),
            "created_at": "2018-07-30T09:30:17Z",
            "updated_at": "2024-04-10T20:33:16Z",
            "permissions": { "contents": "write", "deployments": "write", "issues": "write" },
            "events": [],
        })
    }
}
