//! Bodies that are cut, malformed, of other types, too large: an error that says where, and says no value.

use listener_core::decode::{DecodeError, DecodeErrorKind, DecodeOptions, Limits, Message, decode};
use tests::{
    fixtures::{golden, goldens},
    json::Json,
};

const CANARY: &str = "canary-7391";

fn refuse(body: &str) -> DecodeError {
    refuse_within(body, Limits::default())
}

fn refuse_within(body: &str, limits: Limits) -> DecodeError {
    let options = DecodeOptions {
        limits,
        ..DecodeOptions::default()
    };
    let error =
        decode(body.as_bytes(), Some("application/json"), &options).expect_err("the body is bad");
    let message = Message::new(body.to_owned().into(), Some("application/json"), options);
    let lazily = message.context().expect_err("the body is bad");
    assert_eq!(lazily.to_string(), error.to_string());
    error
}

/// Nothing can be asked of a message whose body is bad.
fn answers_nothing(body: &[u8]) {
    let message = Message::new(
        body.to_vec().into(),
        Some("application/json"),
        DecodeOptions::default(),
    );
    assert!(message.check().is_err());
    assert!(message.context().is_err());
    assert!(message.notes().is_err());
    assert!(message.message_name().is_err());
    assert!(message.primary_entity_name().is_err());
    assert!(message.primary_entity_id().is_err());
    assert!(message.stage().is_err());
    assert!(message.mode().is_err());
    assert!(message.depth().is_err());
    assert!(message.correlation_id().is_err());
    assert!(message.target().is_err());
    assert!(message.target_has_any(&["name"]).is_err());
    assert!(message.input_parameter("Target").is_err());
    assert!(message.output_parameter("id").is_err());
    assert!(message.shared_variable("AcceptLang").is_err());
    assert!(message.pre_image_names().is_err());
    assert!(message.post_image_names().is_err());
    assert!(message.pre_image("PreImage").is_err());
    assert!(message.post_image("PostImage").is_err());
}

#[test]
fn a_body_that_is_cut_anywhere_answers_nothing() {
    for name in [
        "create-all-types",
        "customapi-all-types",
        "text",
        "numbers",
        "update-images",
    ] {
        let body = golden(name, "json");
        for end in 0..body.len() {
            answers_nothing(&body[..end]);
            let options = DecodeOptions::default();
            let error = decode(&body[..end], Some("application/json"), &options).unwrap_err();
            let expected = if end == 0 { None } else { Some(end) };
            assert_eq!(
                error.kind(),
                DecodeErrorKind::UnexpectedEnd,
                "{name} cut at {end}: {error}"
            );
            assert_eq!(
                error.offset().filter(|_| end > 0),
                expected,
                "{name} cut at {end}: {error}"
            );
        }
    }
}

#[test]
fn what_follows_the_document_is_refused() {
    let body = String::from_utf8(golden("delete", "json")).unwrap();
    for tail in ["}", "{}", ",", "null", "\0", "x", "\u{feff}"] {
        let error = refuse(&format!("{body}{tail}"));
        assert_eq!(error.kind(), DecodeErrorKind::Syntax, "{tail}");
        assert_eq!(error.offset(), Some(body.len()));
        answers_nothing(format!("{body}{tail}").as_bytes());
    }
}

#[test]
fn what_is_no_json_is_refused_where_it_begins_to_be_none() {
    for (body, offset) in [
        ("{\"Depth\":01}", 10),
        ("{\"Depth\":+1}", 9),
        ("{\"Depth\":1.}", 11),
        ("{\"Depth\":1e}", 11),
        ("{\"Depth\":-}", 10),
        ("{\"Depth\":1,}", 11),
        ("{\"Depth\" 1}", 9),
        ("{\"Depth\":1 \"Mode\":1}", 11),
        ("{Depth:1}", 1),
        ("{\"Depth\":nul}", 9),
        ("{\"MessageName\":\"a\tb\"}", 17),
        ("{\"MessageName\":\"a\\x\"}", 17),
        ("{\"MessageName\":\"\\u12g4\"}", 16),
        ("{\"InputParameters\":[,]}", 20),
        ("{\"InputParameters\":[{\"key\":\"a\",\"value\":[1,]}]}", 42),
        ("{\"MessageName\":'a'}", 15),
        ("{\"Depth\":1}//", 11),
        ("{\"\\ud800\":1,\"Depth\":1}", 1),
        (
            "{\"InputParameters\":[{\"key\":\"\\udc00\",\"value\":1}]}",
            27,
        ),
    ] {
        let error = refuse(body);
        assert_eq!(error.kind(), DecodeErrorKind::Syntax, "{body}: {error}");
        assert_eq!(error.offset(), Some(offset), "{body}: {error}");
        answers_nothing(body.as_bytes());
    }
    let mut body = golden("delete", "json");
    body[100] = 0xFF;
    answers_nothing(&body);
    let error = decode(&body, None, &DecodeOptions::default()).unwrap_err();
    assert_eq!(
        (error.kind(), error.offset()),
        (DecodeErrorKind::Syntax, Some(100))
    );
}

/// The XML of a golden, with this in the place of a text that nothing but the whole context needs.
fn xml_with(inside: &str) -> String {
    let golden = String::from_utf8(golden("delete", "xml")).unwrap();
    let (before, after) = golden.split_once(">true</a:value>").expect("a flag");
    format!("{before}>{inside}</a:value>{after}")
}

#[test]
fn xml_that_is_malformed_where_nobody_looks_answers_nothing() {
    let twice = "<x a=\"1\" a=\"2\"/>";
    let deep = format!("{}{}", "<x>".repeat(200), "</x>".repeat(200));
    for inside in [
        "<x></y>",
        "<x>",
        "</x>",
        "<x></x y>",
        "<1 <x/>",
        "<x a/>",
        "<x a=1/>",
        "<x a=\"<\"/>",
        twice,
        "a & b",
        "&unknown;",
        "&#x110000;",
        "&#xg;",
        "\u{1}",
        "<![CDATA[\u{1}]]>",
        "<!DOCTYPE x>",
        "<!-- -- -->",
        &deep,
    ] {
        answers_nothing(xml_with(inside).as_bytes());
    }
    for inside in [
        "true",
        " true ",
        "tr&#x75;e",
        "<![CDATA[true]]>",
        "<!-- <x> & -->true<?x <y> ?>",
        "&#x1;",
        "<x a=\"&gt;\" b='>'><y /></x >",
    ] {
        let message = Message::new(xml_with(inside).into(), None, DecodeOptions::default());
        message
            .check()
            .unwrap_or_else(|error| panic!("{inside}: {error}"));
    }
}

#[test]
fn xml_that_nobody_looks_at_counts_against_the_limits() {
    let many = "<x/>".repeat(1_000);
    for (items, counts) in [(1_000, false), (2_000, true)] {
        let options = DecodeOptions {
            limits: Limits {
                items,
                ..Limits::default()
            },
            ..DecodeOptions::default()
        };
        let message = Message::new(xml_with(&many).into(), None, options);
        assert_eq!(message.check().is_ok(), counts, "{items}");
    }
}

#[test]
fn a_document_of_another_kind_is_refused() {
    for (body, found) in [
        ("{}", "an object with none of its members"),
        (
            "{\"Foo\":{\"Depth\":1}}",
            "an object with none of its members",
        ),
        ("[1]", "an array"),
        ("17", "a number of 2 characters"),
        ("null", "null"),
    ] {
        let error = refuse(body);
        assert_eq!(error.kind(), DecodeErrorKind::WrongType, "{body}: {error}");
        assert_eq!(
            error.to_string(),
            format!("expected an execution context, found {found}, at byte 0")
        );
        answers_nothing(body.as_bytes());
    }
    answers_nothing(&golden("string-response", "json"));
    answers_nothing(&golden("serviceendpointfault", "json"));
}

#[test]
fn deep_nesting_is_refused() {
    for (open, close) in [
        ("[", "]"),
        ("{\"a\":", "}"),
        ("[{\"key\":\"a\",\"value\":", "}]"),
    ] {
        let nest = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        for body in [
            nest.clone(),
            format!("{{\"Depth\":{nest}}}"),
            format!("{{\"Unknown\":{nest},\"Depth\":1}}"),
            format!("{{\"InputParameters\":[{{\"key\":\"Target\",\"value\":{nest}}}]}}"),
            format!("{{\"InputParameters\":{nest}}}"),
        ] {
            let error = refuse(&body);
            assert!(
                matches!(
                    error.kind(),
                    DecodeErrorKind::Limit | DecodeErrorKind::WrongType
                ),
                "{error}"
            );
            answers_nothing(body.as_bytes());
        }
    }
    let parents = format!(
        "{}null{}",
        "{\"ParentContext\":".repeat(100_000),
        "}".repeat(100_000)
    );
    assert_eq!(refuse(&parents).kind(), DecodeErrorKind::Limit);
    let filters = format!(
        "{{\"InputParameters\":[{{\"key\":\"Query\",\"value\":{{\"__type\":\"QueryExpression:http://schemas.microsoft.com/xrm/2011/Contracts\",\"Criteria\":{}{}}}}}]}}",
        "{\"Filters\":[".repeat(100_000),
        "]}".repeat(100_000)
    );
    assert_eq!(refuse(&filters).kind(), DecodeErrorKind::Limit);
}

#[test]
fn nesting_within_the_limit_fits_a_small_stack() {
    let parents = format!(
        "{}null{}",
        "{\"ParentContext\":".repeat(127),
        "}".repeat(127)
    );
    let entity = "{\"__type\":\"Entity:http://schemas.microsoft.com/xrm/2011/Contracts\",\"Attributes\":[{\"key\":\"a\",\"value\":";
    let rows = format!(
        "{{\"InputParameters\":[{{\"key\":\"Target\",\"value\":{}1{}}}]}}",
        entity.repeat(41),
        "}]}".repeat(41)
    );
    // Tokio's workers have 2 MiB.
    let small = std::thread::Builder::new().stack_size(2 << 20);
    let thread = small.spawn(move || {
        for body in [parents, rows] {
            decode(body.as_bytes(), None, &DecodeOptions::default()).unwrap();
        }
    });
    thread.unwrap().join().unwrap();
}

#[test]
fn a_million_parameters_are_refused() {
    let pairs = vec!["{\"key\":\"a\",\"value\":1}"; 1_000_000].join(",");
    for member in [
        "InputParameters",
        "OutputParameters",
        "SharedVariables",
        "Unknown",
    ] {
        let body = format!("{{\"Depth\":1,\"{member}\":[{pairs}]}}");
        assert_eq!(refuse(&body).kind(), DecodeErrorKind::Limit, "{member}");
        answers_nothing(body.as_bytes());
    }
}

#[test]
fn each_limit_is_kept_and_can_be_moved() {
    let body = String::from_utf8(golden("create-all-types", "json")).unwrap();
    let default = Limits::default();
    for (name, limits) in [
        (
            "bytes",
            Limits {
                bytes: body.len() - 1,
                ..default
            },
        ),
        (
            "depth",
            Limits {
                depth: 5,
                ..default
            },
        ),
        (
            "items",
            Limits {
                items: 100,
                ..default
            },
        ),
    ] {
        assert_eq!(
            refuse_within(&body, limits).kind(),
            DecodeErrorKind::Limit,
            "{name}"
        );
    }
    let unknown: String = (0..257).map(|nth| format!("\"New{nth}\":null,")).collect();
    let body = format!("{{{unknown}\"Depth\":1}}");
    assert_eq!(refuse(&body).kind(), DecodeErrorKind::Limit);
    let options = DecodeOptions {
        limits: Limits {
            unknown_members: 257,
            ..default
        },
        ..DecodeOptions::default()
    };
    decode(body.as_bytes(), None, &options).unwrap();
}

/// All bodies that one change at one place of a small golden makes; with the name of the member that was changed, and
/// whether a contract declares the type of its value.
fn changes(
    change: &dyn Fn(&mut Vec<(String, Json)>, usize) -> bool,
) -> Vec<(String, String, bool)> {
    let mut bodies = Vec::new();
    for golden in goldens("json")
        .into_iter()
        .filter(|golden| golden.bytes.len() < 6000)
    {
        let json = Json::parse(std::str::from_utf8(&golden.bytes).unwrap());
        for place in 0.. {
            let mut changed = json.clone();
            let mut seen = 0;
            let mut member = None;
            changed.each(&mut |json| {
                let Json::Object(members) = json else { return };
                for index in 0..members.len() {
                    if member.is_none() && seen == place {
                        let name = members[index].0.trim_matches('"').to_owned();
                        // Pairs and AliasedValues have a slot of type object.
                        let is_alias = members.iter().any(|(name, _)| name == "\"NeedFormatting\"");
                        let is_row = name == "value" && matches!(members[index].1, Json::Object(_));
                        let declared = !is_row && name != "value" && !(name == "Value" && is_alias);
                        member = Some((name, declared));
                        if !change(members, index) {
                            member = Some((String::new(), false));
                        }
                        return;
                    }
                    seen += 1;
                }
            });
            let Some((name, declared)) = member else {
                break;
            };
            if !name.is_empty() {
                bodies.push((changed.to_string(), name, declared));
            }
        }
        if bodies.len() > 4000 {
            break;
        }
    }
    assert!(bodies.len() > 1000, "{} changes only", bodies.len());
    bodies
}

#[test]
fn a_member_that_stands_twice_is_refused() {
    for (body, name, _) in changes(&|members, index| {
        let again = members[index].clone();
        members.push(again);
        true
    }) {
        let error = refuse(&body);
        assert_eq!(error.kind(), DecodeErrorKind::Duplicate, "{name}: {error}");
        assert!(error.path().ends_with(&name), "{name}: {error}");
        assert!(error.offset().is_some());
    }
}

#[test]
fn a_value_of_another_type_is_refused_with_its_path_and_without_its_value() {
    for (value, found) in [
        (format!("\"{CANARY}\""), "a string of 11 bytes"),
        ("73917391739173917391".to_owned(), "a number"),
        ("true".to_owned(), "a boolean"),
        (format!("{{\"x\":\"{CANARY}\"}}"), "an object"),
        (format!("[\"{CANARY}\"]"), "an array"),
    ] {
        let mut refused = 0;
        for (body, name, declared) in changes(&|members, index| {
            members[index].1 = Json::Atom(value.clone());
            true
        }) {
            let Err(error) = decode(body.as_bytes(), None, &DecodeOptions::default()) else {
                continue;
            };
            refused += 1;
            if !declared {
                continue;
            }
            let text = format!("{error} {error:?}");
            assert!(!text.contains(CANARY) && !text.contains("7391"), "{text}");
            assert!(
                matches!(
                    error.kind(),
                    DecodeErrorKind::WrongType | DecodeErrorKind::OutOfRange
                ),
                "{name}: {error}"
            );
            let path = error.path();
            assert!(path.contains(&name), "{name}: {error}");
            assert!(error.offset().is_some(), "{error}");
            if path.ends_with(&name) && error.kind() == DecodeErrorKind::WrongType {
                assert!(text.contains(found), "{name}: {error}");
            }
        }
        assert!(refused > 500, "{found}: {refused} refused only");
    }
}

#[test]
fn no_declared_slot_takes_values_of_two_types() {
    let mut taken = std::collections::BTreeMap::<usize, (String, Vec<&str>)>::new();
    for value in ["\"x\"", "9999999999", "true", "{}", "[[]]"] {
        let bodies = changes(&|members, index| {
            members[index].1 = Json::Atom(value.to_owned());
            true
        });
        for (place, (body, name, declared)) in bodies.into_iter().enumerate() {
            if declared && decode(body.as_bytes(), None, &DecodeOptions::default()).is_ok() {
                let (_, values) = taken.entry(place).or_insert_with(|| (name, Vec::new()));
                values.push(value);
            }
        }
    }
    for (name, values) in taken.into_values() {
        assert!(values.len() < 2, "{name} takes {values:?}");
    }
}

#[test]
fn a_path_leads_to_the_value() {
    let body = String::from_utf8(golden("update-images", "json")).unwrap();
    let body = body.replace(
        "\"LogicalName\":\"account\",\"RelatedEntities\"",
        "\"LogicalName\":5,\"RelatedEntities\"",
    );
    let error = refuse(&body);
    assert_eq!(error.path(), "InputParameters[\"Target\"].LogicalName");
    let offset = body.find("\"LogicalName\":5").unwrap() + "\"LogicalName\":".len();
    assert_eq!(
        error.to_string(),
        format!(
            "expected a string, found a number of 1 characters, in `InputParameters[\"Target\"].LogicalName`, at byte {offset}"
        )
    );
    let message = Message::new(body.into(), None, DecodeOptions::default());
    let row = message.target().unwrap().unwrap();
    assert_eq!(
        row.logical_name().unwrap_err().to_string(),
        error.to_string()
    );
    assert_eq!(row.to_entity().unwrap_err().to_string(), error.to_string());
    assert_eq!(
        message.input_parameter("Target").unwrap_err().to_string(),
        error.to_string()
    );
    let image = message.pre_image("PreImage").unwrap().unwrap();
    assert_eq!(
        image.logical_name().unwrap_err().path(),
        "PreEntityImages[\"PreImage\"].LogicalName"
    );
}

#[test]
fn no_debug_output_shows_a_value() {
    let mut bodies = vec![format!("\"{CANARY}\"")];
    for golden in goldens("json") {
        let mut json = Json::parse(std::str::from_utf8(&golden.bytes).unwrap());
        json.each(&mut |json| {
            if let Json::Object(members) = json {
                for (name, value) in members {
                    let is_text = matches!(&*value, Json::Atom(atom) if atom.starts_with('"'));
                    let free = ["\"value\"", "\"Name\"", "\"Message\""];
                    if is_text && free.contains(&name.as_str()) {
                        *value = Json::Atom(format!("\"{CANARY}\""));
                    }
                }
            }
        });
        bodies.push(json.to_string());
    }
    // A few hold no text that may be anything.
    bodies.retain(|body| body.contains(CANARY));
    assert!(bodies.len() > 60, "{}", bodies.len());
    for body in bodies {
        let decoded = decode(body.as_bytes(), None, &DecodeOptions::default()).unwrap();
        let message = Message::new(body.clone().into(), None, DecodeOptions::default());
        let _ = message.context();
        let row = message.target();
        let shown = format!("{decoded:?} {:?} {message:?} {row:?}", decoded.document);
        assert!(!shown.contains(CANARY), "{shown}");
    }
}

#[test]
fn an_error_in_utf_16_tells_its_byte_in_the_body() {
    let text = "<RemoteExecutionContext xmlns='http://schemas.microsoft.com/xrm/2011/Contracts'><!--€--></b>";
    let offset = |body: &[u8]| {
        decode(body, Some("application/xml"), &DecodeOptions::default())
            .expect_err("the tags are of two names")
            .offset()
            .expect("a place")
    };
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let before = &text[..offset(text.as_bytes())];
    assert_eq!(offset(&wide), 2 * before.encode_utf16().count());
}
