use std::net::IpAddr;

use reqwest::Url;

use super::{Authentication, PostError};

/// The URL as the poster calls it: trimmed, without a trailing `/`, with what authentication adds to its query.
pub(super) fn target(url: &str, authentication: &Authentication) -> Result<Url, PostError> {
    let url = url.trim();
    // Before it is parsed: the parser takes `localhost` in `localhost:7071` for a scheme.
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    if !scheme.is_some_and(|scheme| {
        ["http", "https"]
            .iter()
            .any(|s| scheme.eq_ignore_ascii_case(s))
    }) {
        return Err(PostError::Url(
            "it does not begin with `http://` or `https://`".to_owned(),
        ));
    }
    let mut url = Url::parse(url.strip_suffix('/').unwrap_or(url))
        .map_err(|error| PostError::Url(error.to_string()))?;
    match authentication {
        Authentication::WebhookKey(key) => set_query(&mut url, &[("code", key)]),
        Authentication::HttpQueryString(pairs) => {
            let pairs: Vec<_> = pairs.iter().map(|(n, v)| (&**n, &**v)).collect();
            set_query(&mut url, &pairs);
        }
        Authentication::None | Authentication::HttpHeader(_) => {}
    }
    Ok(url)
}

/// Puts `pairs` into the query, instead of what it has under these names.
fn set_query(url: &mut Url, pairs: &[(&str, &str)]) {
    let replaced = |name: &str| pairs.iter().any(|(n, _)| *n == name);
    if url.query_pairs().any(|(name, _)| replaced(&name)) {
        let kept: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(name, _)| !replaced(name))
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        url.query_pairs_mut().clear().extend_pairs(kept);
    }
    url.query_pairs_mut().extend_pairs(pairs);
}

/// Whether the URL names this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    match address.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str, authentication: &Authentication) -> String {
        super::target(url, authentication).unwrap().to_string()
    }

    #[test]
    fn is_trimmed_and_loses_one_trailing_slash() {
        let none = Authentication::None;
        assert_eq!(target(" http://h/crm/ \n", &none), "http://h/crm");
        assert_eq!(target("http://h/crm//", &none), "http://h/crm/");
        assert_eq!(target("http://h/crm/?a=b", &none), "http://h/crm/?a=b");
    }

    #[test]
    fn takes_the_key_into_its_query() {
        let key = Authentication::WebhookKey("a b&c=ä".to_owned());
        assert_eq!(
            target("https://h/crm", &key),
            "https://h/crm?code=a+b%26c%3D%C3%A4"
        );
        assert_eq!(
            target("https://h/crm?a=%20&code=old&b", &key),
            "https://h/crm?a=+&b=&code=a+b%26c%3D%C3%A4"
        );
    }

    #[test]
    fn keeps_the_query_it_has_as_it_is() {
        let pairs = Authentication::HttpQueryString(vec![
            ("one".to_owned(), "1".to_owned()),
            ("two".to_owned(), "2".to_owned()),
        ]);
        assert_eq!(
            target("https://h/crm?a=%20&b", &pairs),
            "https://h/crm?a=%20&b&one=1&two=2"
        );
    }

    #[test]
    fn has_to_be_of_http() {
        for url in ["ftp://h/", "file:///etc/passwd", "h/crm", "", "http://"] {
            let error = super::target(url, &Authentication::None).unwrap_err();
            assert!(matches!(error, PostError::Url(_)), "{url}: {error}");
        }
        for url in ["localhost:7071/crm", "127.0.0.1:7071", "crm"] {
            let error = super::target(url, &Authentication::None).unwrap_err();
            assert!(
                error.to_string().contains("does not begin with `http://`"),
                "{url}: {error}"
            );
        }
        assert_eq!(
            target("HTTPS://h/crm", &Authentication::None),
            "https://h/crm"
        );
    }

    #[test]
    fn knows_this_machine() {
        let loopback = |url: &str| is_loopback(&Url::parse(url).unwrap());
        assert!(loopback("http://127.0.0.1:80/"));
        assert!(loopback("http://[::1]/"));
        assert!(loopback("http://localhost/"));
        assert!(loopback("http://crm.localhost:8080/"));
        assert!(!loopback("http://notlocalhost/"));
        assert!(!loopback("http://10.0.0.1/"));
    }
}
