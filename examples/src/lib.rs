//! Sample messages, of our own making, that the examples and their tests share.

mod bus;

pub use bus::{Bus, variable};

use listener_core::{
    Delivery,
    decode::{DecodeOptions, Format, Message, decode},
    encode,
};

/// The samples: what each is called, and its body as Dataverse posts it.
pub const SAMPLES: &[(&str, &[u8])] = &[
    (
        "create-account",
        include_bytes!("../messages/create-account.json"),
    ),
    (
        "update-account",
        include_bytes!("../messages/update-account.json"),
    ),
    (
        "assign-account",
        include_bytes!("../messages/assign-account.json"),
    ),
    (
        "delete-account",
        include_bytes!("../messages/delete-account.json"),
    ),
    (
        "create-contact",
        include_bytes!("../messages/create-contact.json"),
    ),
    ("custom-api", include_bytes!("../messages/custom-api.json")),
];

/// A delivery of a sample in a format, for tests that need no network. A handler does not see the format.
///
/// # Panics
/// If there is no sample of that name.
pub fn delivery(name: &str, format: Format) -> Delivery {
    let sample = SAMPLES.iter().find(|(sample, _)| *sample == name);
    let (_, body) = sample.unwrap_or_else(|| panic!("no sample is called `{name}`"));
    let options = DecodeOptions::default();
    let decoded = decode(body, None, &options).expect("the samples decode");
    let body = encode::document(&decoded.document, format).expect("each format can carry them");
    let message = Message::new(body.into(), Some(format.content_type()), options);
    Delivery::builder(message).build()
}

/// What to try with a listener at `url`.
pub fn try_next(url: &str) -> String {
    format!(
        "Listening on {url}. Try, from the root of the repository:\n\n  \
         curl --data-binary @examples/messages/create-account.json \"{url}\"\n  \
         cargo run -p listener-cli -- post --url \"{url}\" examples/messages/*.json\n\n\
         Ctrl-C ends it.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_samples_are_written_as_dataverse_writes() {
        for (name, body) in SAMPLES {
            let decoded = decode(body, None, &DecodeOptions::default());
            let decoded = decoded.unwrap_or_else(|error| panic!("{name}: {error}"));
            let written = encode::document(&decoded.document, decoded.format).expect(name);
            assert_eq!(
                String::from_utf8_lossy(&written),
                String::from_utf8_lossy(body)
            );
        }
    }
}
