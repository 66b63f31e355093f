//! Any bytes at all: decoded or refused, never a panic, never two answers.

use listener_core::{
    decode::{DecodeOptions, Format, Message, decode, fuzz_json, fuzz_lazy},
    encode,
};
use proptest::{prelude::*, sample::Index};
use tests::{
    fixtures::{golden, goldens},
    json::Json,
};

/// Members and values as contexts have them, and some as they should not.
fn json() -> impl Strategy<Value = String> {
    let atom = prop::sample::select(vec![
        "null",
        "true",
        "0",
        "-1",
        "1.50",
        "1E+15",
        "INF",
        "99999999999",
        "\"\"",
        "\"text\"",
        "\"Update\"",
        "\"account\"",
        "\"\\ud800\"",
        "\"\\/Date(0)\\/\"",
        "\"\\/Date(1731053106922+0130)\\/\"",
        "\"/Date(99999999999999999)/\"",
        "\"53c52f26-a89d-ef11-8a69-000d3a30b0c1\"",
        "\"{53C52F26-A89D-EF11-8A69-000D3A30B0C1}\"",
        "[]",
        "{}",
    ]);
    let name = prop::sample::select(vec![
        "__type",
        "key",
        "value",
        "Target",
        "Value",
        "Id",
        "LogicalName",
        "Attributes",
        "FormattedValues",
        "KeyAttributes",
        "InputParameters",
        "PreEntityImages",
        "SharedVariables",
        "ParentContext",
        "MessageName",
        "Stage",
        "Mode",
        "TenantId",
        "PrimaryEntityId",
        "OwningExtension",
        "Entities",
        "RelatedEntities",
        "\\u0054arget",
        "ErrorDetails",
        "Message",
    ]);
    let type_name = prop::sample::select(vec![
        "Entity:http:\\/\\/schemas.microsoft.com\\/xrm\\/2011\\/Contracts",
        "Money:http://schemas.microsoft.com/xrm/2011/Contracts",
        "EntityReference:http:\\/\\/schemas.microsoft.com\\/xrm\\/2011\\/Contracts",
        "Unknown:#Some.Namespace",
        "Bare",
        "KeyValuePairOfstringstring:#System.Collections.Generic",
        "KeyValuePairOfstringanyType:#System.Collections.Generic",
        "EntityReferenceCollection:http:\\/\\/schemas.microsoft.com\\/xrm\\/2011\\/Contracts",
        "AccessRights:http:\\/\\/schemas.microsoft.com\\/crm\\/2011\\/Contracts",
    ]);
    let leaf = atom.prop_map(str::to_owned);
    let tree = leaf.prop_recursive(6, 64, 6, move |inner| {
        let pair = (
            prop::sample::select(vec!["Target", "name", "\\u00e9"]),
            inner.clone(),
        )
            .prop_map(|(key, value)| format!("{{\"key\":\"{key}\",\"value\":{value}}}"));
        let members = prop::collection::vec((name.clone(), inner.clone()), 0..6);
        let typed = (type_name.clone(), members.clone(), any::<bool>()).prop_map(
            |(type_of, members, first)| {
                let mut all: Vec<String> = members
                    .into_iter()
                    .map(|(name, value)| format!("\"{name}\":{value}"))
                    .collect();
                let place = if first { 0 } else { all.len() };
                all.insert(place, format!("\"__type\":\"{type_of}\""));
                format!("{{{}}}", all.join(","))
            },
        );
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(pair, 0..5).prop_map(|pairs| format!("[{}]", pairs.join(","))),
            members.prop_map(|members| {
                let all: Vec<String> = members
                    .into_iter()
                    .map(|(name, value)| format!("\"{name}\":{value}"))
                    .collect();
                format!("{{{}}}", all.join(","))
            }),
            typed,
        ]
    });
    (tree.clone(), tree).prop_map(|(target, other)| {
        format!("{{\"InputParameters\":[{{\"key\":\"Target\",\"value\":{target}}}],\"New\":{other},\"Stage\":40}}")
    })
}

proptest! {
    #[test]
    fn bytes_are_decoded_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), open in any::<bool>()) {
        let body = if open { [b"{\"", &bytes[..]].concat() } else { bytes };
        fuzz_json(&body);
    }

    #[test]
    fn trees_of_known_names_are_decoded_or_refused(body in json()) {
        fuzz_json(body.as_bytes());
    }

    #[test]
    fn what_decodes_encodes_and_decodes_to_the_same(body in json()) {
        let options = DecodeOptions::default();
        if let Ok(decoded) = decode(body.as_bytes(), None, &options) {
            let written = encode::document(&decoded.document, Format::Json).unwrap();
            let again = decode(&written, None, &options).unwrap();
            prop_assert!(again.document == decoded.document, "{}", String::from_utf8_lossy(&written));
        }
    }

    #[test]
    fn goldens_with_some_bytes_changed_are_decoded_or_refused(
        changes in prop::collection::vec((any::<Index>(), any::<u8>(), 0..3_u8), 1..4),
        which in any::<Index>(),
    ) {
        let names = ["create-all-types", "customapi-all-types", "retrievemultiple-queryexpression", "update-images"];
        let mut body = golden(which.get::<&str>(&names[..]), "json");
        change(&mut body, &changes);
        fuzz_json(&body);
    }

    #[test]
    fn goldens_of_xml_and_binary_with_some_bytes_changed_are_decoded_or_refused(
        changes in prop::collection::vec((any::<Index>(), any::<u8>(), 0..3_u8), 1..4),
        which in any::<Index>(),
        extension in prop::sample::select(vec!["xml", "msbin1"]),
    ) {
        let mut body = golden(which.get::<&str>(&TYPED[..]), extension);
        change(&mut body, &changes);
        fuzz_lazy(&body, None);
    }

    #[test]
    fn goldens_with_parts_of_others_in_them_are_decoded_or_refused(
        (which, other) in any::<(Index, Index)>(),
        (from, to, at) in any::<(Index, Index, Index)>(),
        extension in prop::sample::select(vec!["xml", "msbin1"]),
    ) {
        let mut body = golden(which.get::<&str>(&TYPED[..]), extension);
        let other = golden(other.get::<&str>(&TYPED[..]), extension);
        let (from, to) = (from.index(other.len()), to.index(other.len()));
        let at = at.index(body.len());
        body.splice(at..at, other[from.min(to)..from.max(to)].iter().copied());
        fuzz_lazy(&body, None);
    }
}

/// Goldens that hold all that the lazy answers are about.
const TYPED: [&str; 4] = [
    "create-all-types",
    "customapi-all-types",
    "assign",
    "update-images",
];

/// Puts a byte in the place of another or between others, or takes one away.
fn change(body: &mut Vec<u8>, changes: &[(Index, u8, u8)]) {
    for (place, byte, kind) in changes {
        let at = place.index(body.len());
        match kind {
            0 => body[at] = *byte,
            1 => body.insert(at, *byte),
            _ => {
                body.remove(at);
            }
        }
    }
}

#[test]
fn a_golden_cut_at_any_byte_answers_nothing_lazily() {
    for extension in ["xml", "msbin1"] {
        let body = golden("assign", extension);
        for end in 1..body.len() {
            fuzz_lazy(&body[..end], None);
            let lazy = Message::new(body[..end].to_vec().into(), None, DecodeOptions::default());
            assert!(lazy.check().is_err(), "{extension} cut at {end}");
        }
    }
}

#[test]
fn each_value_of_each_golden_may_be_any_other() {
    let others = [
        "null",
        "[]",
        "{}",
        "\"x\"",
        "7",
        "[{\"key\":\"a\",\"value\":null}]",
    ];
    for golden in goldens("json")
        .into_iter()
        .filter(|golden| golden.bytes.len() < 3000)
    {
        let json = Json::parse(std::str::from_utf8(&golden.bytes).unwrap());
        let mut count = 0;
        json.clone().each(&mut |_| count += 1);
        for place in 0..count {
            let mut changed = json.clone();
            let mut seen = 0;
            changed.each(&mut |json| {
                if seen == place {
                    *json = Json::Atom(others[place % others.len()].to_owned());
                }
                seen += 1;
            });
            fuzz_json(changed.to_string().as_bytes());
        }
    }
}

#[test]
fn inputs_that_fuzzing_found_stay_mended() {
    // Its error lay behind the body's end: three bytes of the text come from each unit of UTF-16.
    let utf16 = b"\xfe\xffhttp://tr\x04\0\0 org/2003/07/System.Collections.Gener\xff\xff\xff\xff\xff\xff&\"\xcf";
    fuzz_json(utf16);
    // It begins as a pair does, and is a row that keeps a member `key`, whose value may be half of a surrogate pair.
    fuzz_json(br#"{"New":[{"key":"\ud800","__type":"Entity:http:\/\/schemas.microsoft.com\/xrm\/2011\/Contracts"}]}"#);
}
