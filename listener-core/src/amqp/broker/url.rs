//! `amqp://` and `amqps://`, as brokers give them out.

use std::{error::Error as StdError, fmt};

use percent_encoding::percent_decode_str;

use super::Login;
use crate::amqp::Endpoint;

/// What is told of a URL that is refused before anything of it is understood.
const FORM: &str = "write `amqp://[user:password@]host[:port]`, or `amqps://…` for TLS";

/// The endpoint that a URL names, and the login, if it has one.
pub(super) fn parse(url: &str) -> Result<(Endpoint, Option<Login>), BrokerUrlError> {
    let refused = |what: &str| Err(BrokerUrlError::new(format!("{what}; {FORM}")));
    let Some((scheme, rest)) = url.trim().split_once("://") else {
        return refused("it has no scheme");
    };
    let tls = match scheme.to_ascii_lowercase().as_str() {
        "amqp" => false,
        "amqps" => true,
        _ => return refused("its scheme is neither `amqp` nor `amqps`"),
    };
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    if authority.contains(['/', '?', '#']) {
        return refused(
            "it has a path, a query or a fragment (the queue's address goes to the source, and a virtual host to \
             `Broker::hostname`)",
        );
    }
    let (login, authority) = match authority.rsplit_once('@') {
        Some((login, authority)) => (Some(read_login(login)?), authority),
        None => (None, authority),
    };
    let Ok(endpoint) = authority.parse::<Endpoint>() else {
        return refused("its host or port cannot be read");
    };
    Ok((endpoint.with_emulator(!tls), login))
}

fn read_login(text: &str) -> Result<Login, BrokerUrlError> {
    let Some((user, password)) = text.split_once(':') else {
        return Err(BrokerUrlError::new(
            "it has a user without a password; write `user:password@`, or leave both out for SASL ANONYMOUS",
        ));
    };
    let decoded = |text: &str, what: &str| match percent_decode_str(text).decode_utf8() {
        // The zero separates them on the wire.
        Ok(text) if !text.contains('\0') => Ok(text.into_owned()),
        _ => Err(BrokerUrlError::new(format!(
            "its {what} is no UTF-8 without a zero, once its percent signs are decoded; write a percent sign as `%25`"
        ))),
    };
    Ok(Login::new(
        decoded(user, "user")?,
        decoded(password, "password")?,
    ))
}

/// Why a broker's URL cannot be used, and what to change; never a value out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerUrlError(Box<str>);

impl BrokerUrlError {
    fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for BrokerUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the broker's URL cannot be used: {}", self.0)
    }
}

impl StdError for BrokerUrlError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(url: &str) -> (String, u16, bool, Option<(String, String)>) {
        let (endpoint, login) = parse(url).unwrap();
        let login = login.map(|login| (login.user.into(), login.password.expose().to_owned()));
        (
            endpoint.host().to_owned(),
            endpoint.port(),
            !endpoint.is_emulator(),
            login,
        )
    }

    #[test]
    fn reads_hosts_ports_and_logins() {
        let login = |user: &str, password: &str| Some((user.to_owned(), password.to_owned()));
        for (url, expected) in [
            ("amqp://localhost", ("localhost", 5672, false, None)),
            (
                "AMQPS://rabbit.contoso.com/",
                ("rabbit.contoso.com", 5671, true, None),
            ),
            ("amqp://127.0.0.1:5674", ("127.0.0.1", 5674, false, None)),
            (
                "amqp://guest:guest@[::1]:99",
                ("::1", 99, false, login("guest", "guest")),
            ),
            (
                "amqp://a%40b:p%3A%2F%25:@h",
                ("h", 5672, false, login("a@b", "p:/%:")),
            ),
        ] {
            let (host, port, tls, login) = expected;
            assert_eq!(parts(url), (host.to_owned(), port, tls, login), "{url}");
        }
    }

    #[test]
    fn tells_what_to_change_and_quotes_nothing() {
        for (url, part) in [
            ("canary", "no scheme"),
            ("http://canary", "neither `amqp` nor `amqps`"),
            ("amqp://canary/vhost", "`Broker::hostname`"),
            ("amqp://canary@h", "without a password"),
            ("amqp://canary:%ff@h", "password is no UTF-8"),
            ("amqp://canary:a%00b@h", "password is no UTF-8"),
            ("amqp://canary:5672:1", "host or port"),
            ("amqp://canary:0", "host or port"),
            ("amqp://", "host or port"),
        ] {
            let error = parse(url).unwrap_err();
            assert!(error.to_string().contains(part), "{url}: {error}");
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
    }

    #[test]
    fn a_password_shows_in_no_debug() {
        let broker = crate::amqp::Broker::from_url("amqp://user:canary@localhost").unwrap();
        let shown = format!("{broker:?}");
        assert!(
            !shown.contains("canary") && shown.contains("user"),
            "{shown}"
        );
    }
}
