use reqwest::{Client, Url, redirect, retry};

use super::{PostError, Roots, url::is_loopback};

/// A client that sends one request for one: no redirects, no retries of its own.
pub(super) fn client(url: &Url, roots: &Roots) -> Result<Client, PostError> {
    let mut builder = Client::builder()
        .tls_backend_preconfigured(roots.client_config(url)?)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .tcp_nodelay(true);
    // A proxy that the environment names would look for a loopback address on its own machine.
    if is_loopback(url) {
        builder = builder.no_proxy();
    }
    builder
        .build()
        .map_err(|error| PostError::Setting(error.without_url().to_string()))
}
