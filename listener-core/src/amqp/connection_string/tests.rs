use proptest::prelude::*;

use super::*;

const KEY: &str = "SharedAccessKeyName=Root;SharedAccessKey=a+/b==";

fn read(text: &str) -> ConnectionString {
    text.parse().unwrap()
}

fn refused(text: &str) -> String {
    text.parse::<ConnectionString>().unwrap_err().to_string()
}

#[test]
fn reads_what_the_portal_gives() {
    let string = read(&format!(
        "Endpoint=sb://contoso.servicebus.windows.net/;{KEY};EntityPath=crm"
    ));
    assert_eq!(string.host(), "contoso.servicebus.windows.net");
    assert_eq!(string.port(), 5671);
    assert_eq!(string.entity_path(), Some("crm"));
    assert_eq!(string.transport(), Transport::Tcp);
    assert!(!string.is_emulator());
    assert_eq!(
        string.resource("crm"),
        "sb://contoso.servicebus.windows.net/crm"
    );
    let Credential::Key(key) = string.credential() else {
        panic!("expected a key");
    };
    assert_eq!(key.name(), "Root");
    // The same token proves that the key kept its `==`.
    let time = std::time::UNIX_EPOCH;
    assert_eq!(
        key.sign("r", time).expose(),
        SasKey::new("Root", "a+/b==").sign("r", time).expose()
    );
}

#[test]
fn names_have_no_case_and_blanks_and_semicolons_do_no_harm() {
    let string = read(
        " ;endpoint = SB://localhost:5691 ; SHAREDACCESSKEYNAME=x;sharedaccesskey=y; usedevelopmentemulator=True;;",
    );
    assert_eq!((string.host(), string.port()), ("localhost", 5691));
    assert!(string.is_emulator());
    assert_eq!(string.resource("/q"), "sb://localhost:5691/q");
}

#[test]
fn each_transport_has_its_port() {
    let port = |more: &str| read(&format!("Endpoint=sb://h;{KEY};{more}")).port();
    assert_eq!(port("UseDevelopmentEmulator=true"), 5672);
    assert_eq!(port("UseDevelopmentEmulator=false"), 5671);
    assert_eq!(port("TransportType=AmqpWebSockets"), 443);
    assert_eq!(
        port("TransportType=AmqpWebSockets;UseDevelopmentEmulator=true"),
        80
    );
    let string = read(&format!("Endpoint=sb://h;{KEY}"));
    assert_eq!(string.with_transport(Transport::WebSockets).port(), 443);
}

#[test]
fn takes_a_signature_in_place_of_a_key() {
    let string = read(
        "Endpoint=sb://h/;SharedAccessSignature=SharedAccessSignature sr=h&sig=x%3D&se=9&skn=k",
    );
    let Credential::Signature(signature) = string.credential() else {
        panic!("expected a signature");
    };
    assert!(signature.expires().is_some());
}

#[test]
fn keeps_an_ipv6_address() {
    let string = read(&format!("Endpoint=sb://[::1]:5672/;{KEY}"));
    assert_eq!((string.host(), string.port()), ("::1", 5672));
    assert_eq!(string.resource("q"), "sb://[::1]:5672/q");
}

#[test]
fn passes_over_what_it_does_not_know() {
    read(&format!("Endpoint=sb://h/;{KEY};OperationTimeout=00:01:00"));
}

#[test]
fn says_what_is_missing_and_what_to_change() {
    let endpoint = "Endpoint=sb://h/";
    for (text, part) in [
        (KEY.to_owned(), "`Endpoint` is missing; add"),
        (endpoint.to_owned(), "no key and no signature; give"),
        (
            format!("{endpoint};SharedAccessKeyName=x"),
            "`SharedAccessKey` is missing",
        ),
        (
            format!("{endpoint};SharedAccessKey=x"),
            "`SharedAccessKeyName` is missing",
        ),
        (
            format!("{endpoint};{KEY};SharedAccessSignature=x"),
            "a key and a signature",
        ),
        (format!("{endpoint};{KEY};nonsense"), "member 4 has no `=`"),
        (
            format!("{endpoint};{KEY};{endpoint}"),
            "`Endpoint` stands twice",
        ),
        (
            format!("{endpoint};{KEY};EntityPath="),
            "`EntityPath` is empty",
        ),
        (
            format!("{endpoint};{KEY};UseDevelopmentEmulator=1"),
            "neither `true` nor `false`",
        ),
        (
            format!("{endpoint};{KEY};TransportType=NetMessaging"),
            "use `Amqp` or",
        ),
        (String::new(), "`Endpoint` is missing"),
    ] {
        let error = refused(&text);
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn refuses_what_is_no_endpoint() {
    for endpoint in [
        "h",
        "https://h/",
        "sb://",
        "sb:///",
        "sb://h:0",
        "sb://h:65536",
        "sb://h:",
        "sb://h/q",
        "sb://u@h",
        "sb://[h]",
        "sb://[::1",
        "sb://[::1]5",
        "sb://h h",
    ] {
        let error = refused(&format!("Endpoint={endpoint};{KEY}"));
        assert!(
            error.contains("is not `sb://host[:port]/`"),
            "{endpoint}: {error}"
        );
    }
}

#[test]
fn shows_no_value_in_debug_or_errors() {
    let string = read("Endpoint=sb://h/;SharedAccessKeyName=x;SharedAccessKey=canary");
    assert!(!format!("{string:?}").contains("canary"));
    for text in [
        "Endpoint=canary;SharedAccessKeyName=x;SharedAccessKey=canary",
        "Endpoint=sb://h/;SharedAccessKeyName=x;SharedAccessKey=canary;canary",
        "Endpoint=sb://h/;SharedAccessKeyName=x;SharedAccessKey=canary;SharedAccessKey=canary",
        "Endpoint=sb://h/;SharedAccessKeyName=x;SharedAccessKey=canary;SharedAccessSignature=canary",
        "Endpoint=sb://h/;SharedAccessKeyName=x;SharedAccessKey=canary;TransportType=canary",
    ] {
        let error = text.parse::<ConnectionString>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
}

proptest! {
    #[test]
    fn never_panics(text in "((endpoint|sharedaccesskey|sharedaccesskeyname|x)?=?(sb://)?\\PC{0,8}:?[0-9]{0,6};?){0,6}") {
        let _ = text.parse::<ConnectionString>();
    }
}
