use std::{fmt, time::Duration};

use super::Roots;

/// How long Dataverse waits for the answer to one try.
pub const TIME_LIMIT: Duration = Duration::from_secs(60);

/// How to post. The default posts as Dataverse does to a webhook without authentication.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The organisation's host name, for the header `x-ms-dynamics-organization`, where it stands in lower case.
    /// Without one, the context's `OrganizationName`.
    pub organization: Option<String>,
    /// What the webhook's registration says about authentication.
    pub authentication: Authentication,
    /// Encode the body twice, as Dataverse's poster does with text outside of ASCII: its UTF-8 bytes are read as
    /// Windows-1252 and written as UTF-8 again. A listener has to undo it.
    pub double_encode: bool,
    /// How long one try may take, answer and all. [`TIME_LIMIT`].
    pub time_limit: Duration,
    /// Which certificates to trust at an `https` URL.
    pub roots: Roots,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            organization: None,
            authentication: Authentication::None,
            double_encode: false,
            time_limit: TIME_LIMIT,
            roots: Roots::platform(),
        }
    }
}

/// How a webhook's poster shows who it is. `Debug` shows names, never values.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Authentication {
    /// Not at all.
    #[default]
    None,
    /// A key, sent as `code` in the query.
    WebhookKey(String),
    /// Headers, by name and value.
    HttpHeader(Vec<(String, String)>),
    /// Query parameters, by name and value.
    HttpQueryString(Vec<(String, String)>),
}

impl fmt::Debug for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, pairs) = match self {
            Self::None => return f.write_str("None"),
            Self::WebhookKey(_) => return f.write_str("WebhookKey"),
            Self::HttpHeader(pairs) => ("HttpHeader", pairs),
            Self::HttpQueryString(pairs) => ("HttpQueryString", pairs),
        };
        f.write_str(kind)?;
        f.debug_list()
            .entries(pairs.iter().map(|(name, _)| name))
            .finish()
    }
}
