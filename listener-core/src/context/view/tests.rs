use bytes::Bytes;
use uuid::{Uuid, uuid};

use crate::context::{
    AccessRights, AliasedValue, Array, ArrayKind, AttributeExpression, BooleanManagedProperty,
    ColumnSet, ConditionExpression, DateTime, DateTimeKind, Entity, EntityCollection,
    EntityImageCollection, EntityReference, ErrorDetailCollection, FetchExpression,
    FilterExpression, KeyAttributeCollection, Label, LocalizedLabel, Money, Number, Object,
    OptionSetValue, OrganizationServiceFault, ParameterCollection, Primitive, PrincipalAccess,
    QueryExpression, RelatedEntityCollection, Relationship, RelationshipQueryCollection,
    RemoteExecutionContext, ServiceEndpointFault, Value, name::OwnedTypeName,
};

const ID: Uuid = uuid!("53c52f26-a89d-ef11-8a69-000d3a30b0c1");
const CANARY: &str = "canary";
const NUMBER: i32 = 746_146;
const DIGITS: &str = "746146";
const DATE: &str = "7461-06-20";

fn date() -> DateTime {
    DateTime::from_unix_millis(173_293_948_800_000, DateTimeKind::Utc).unwrap()
}

fn account() -> Entity {
    let mut row = Entity::new("account", ID)
        .with("name", "Contoso")
        .with("revenue", "2154.320".parse::<Money>().unwrap())
        .with("statecode", OptionSetValue(1))
        .with("parentaccountid", Value::Null);
    let texts = row.formatted_values.get_or_insert_default();
    texts.insert("revenue", Some("$2,154.32".into()));
    row
}

/// One value of every kind, with a canary wherever a value has room for one.
fn canaries() -> Vec<(&'static str, Value)> {
    let mut reference = EntityReference::new("account", ID);
    reference.name = CANARY.into();
    reference.row_version = CANARY.into();
    reference.key_attributes = KeyAttributeCollection::from([("accountnumber", CANARY)]).into();
    let mut row = Entity::new("account", ID).with("name", CANARY);
    row.formatted_values
        .get_or_insert_default()
        .insert("name", Some(CANARY.into()));
    row.row_version = CANARY.into();
    row.set_other("Added", CANARY);
    row.related_entities.get_or_insert_default().push(
        Relationship::new("account_contacts"),
        Some(EntityCollection::new(
            "contact",
            [Entity::new("contact", ID).with("fullname", CANARY)],
        )),
    );
    let mut rows = EntityCollection::new("account", [row.clone()]);
    rows.paging_cookie = CANARY.into();
    let mut flag = BooleanManagedProperty::default();
    flag.value = true.into();
    let mut aliased = AliasedValue::default();
    aliased.value = Value::from(NUMBER).into();
    let mut aliased_id = AliasedValue::default();
    aliased_id.value = Value::from(CANARY).into();
    let mut columns = ColumnSet::default();
    let mut expression = AttributeExpression::default();
    expression.alias = CANARY.into();
    columns.attribute_expressions = vec![Some(expression)].into();
    let mut condition = ConditionExpression::default();
    condition.values = vec![Some(Value::from(CANARY)), Some(Value::from(NUMBER))].into();
    let mut filter = FilterExpression::default();
    filter.conditions = vec![Some(condition)].into();
    filter.filter_hint = CANARY.into();
    let mut query = QueryExpression::default();
    query.criteria = filter.into();
    query.query_hints = CANARY.into();
    let mut fetch = FetchExpression::default();
    fetch.query = CANARY.into();
    let mut access = PrincipalAccess::default();
    access.principal = reference.clone().into();
    let mut localized = LocalizedLabel::default();
    localized.label = CANARY.into();
    let mut label = Label::default();
    label.user_localized_label = localized.clone().into();
    let details = ErrorDetailCollection::from([("code", Value::from(CANARY))]);
    let mut fault = ServiceEndpointFault::default();
    fault.message = CANARY.into();
    fault.error_details = details.into();
    let mut server = OrganizationServiceFault::default();
    server.trace_text = CANARY.into();
    server.original_exception = CANARY.into();
    let named = |local: &str| OwnedTypeName {
        local: local.into(),
        ..Default::default()
    };
    let primitive = Primitive {
        type_name: named("anyURI"),
        text: CANARY.into(),
    };
    let object = Object {
        type_name: Some(named("Unknown")),
        members: vec![("a".into(), CANARY.into()), ("b".into(), NUMBER.into())],
    };
    let nested = Array {
        kind: ArrayKind::Untyped,
        items: vec![vec![String::from(CANARY)].into(), NUMBER.into()],
    };
    let mut queries = RelationshipQueryCollection::new();
    queries.push(Relationship::new("account_contacts"), fetch.clone().into());
    vec![
        ("string", CANARY.into()),
        ("int", NUMBER.into()),
        ("long", i64::from(NUMBER).into()),
        ("decimal", rust_decimal::Decimal::from(NUMBER).into()),
        ("double", f64::from(NUMBER).into()),
        ("number", Value::Number(Number::new(DIGITS).unwrap())),
        ("guid", uuid!("74614674-6146-7461-4674-614674614674").into()),
        ("date", date().into()),
        ("bytes", Bytes::from_static(CANARY.as_bytes()).into()),
        ("primitive", primitive.into()),
        ("money", Money(NUMBER.into()).into()),
        ("choice", OptionSetValue(NUMBER).into()),
        ("choices", vec![OptionSetValue(NUMBER)].into()),
        ("reference", reference.clone().into()),
        ("references", vec![reference].into()),
        ("row", row.clone().into()),
        ("rows", rows.into()),
        ("texts", vec![String::from(CANARY)].into()),
        ("nested", nested.into()),
        (
            "dictionary",
            vec![(String::from("account"), Some(String::from(CANARY)))].into(),
        ),
        (
            "images",
            EntityImageCollection::from([("before", Some(row))]).into(),
        ),
        (
            "key",
            KeyAttributeCollection::from([("accountnumber", CANARY)]).into(),
        ),
        ("queries", queries.into()),
        ("flag", flag.into()),
        ("aliased", aliased.into()),
        ("aliased_text", aliased_id.into()),
        ("columns", columns.into()),
        ("query", query.into()),
        ("fetch", fetch.into()),
        ("access", access.into()),
        ("rights", AccessRights::from_bits(NUMBER).into()),
        ("label", label.into()),
        ("localized", localized.into()),
        ("fault", fault.into()),
        ("server", server.into()),
        ("object", object.into()),
    ]
}

#[test]
fn debug_shows_no_value_of_any_kind() {
    assert!(date().to_string().starts_with(DATE));
    let mut context = RemoteExecutionContext::new("Update", "account");
    context.initiating_user_agent = CANARY.into();
    context.organization_name = CANARY.into();
    context.set_other("TenantId", CANARY);
    for (key, value) in canaries() {
        context.set_input(key, value.clone());
        context.set_output(key, value.clone());
        context.set_shared_variable(key, value);
    }
    let row = canaries()
        .into_iter()
        .fold(Entity::new("account", ID), |row, (column, value)| {
            row.with(column, value)
        });
    context.set_target(row.clone());
    context.set_pre_image("before", row.clone());
    context.set_post_image("after", row);
    let mut parent = context.clone();
    parent.parent_context = Box::new(context).into();
    for debug in [format!("{parent:?}"), format!("{parent:#?}")] {
        for secret in [CANARY, DIGITS, "74614674", DATE] {
            assert!(!debug.contains(secret), "{secret} in {debug}");
        }
        assert!(debug.contains("before") && debug.contains("accountnumber"));
        assert!(debug.contains(&ID.to_string()));
    }
    for (key, value) in canaries() {
        let (debug, alternate) = (format!("{value:?}"), format!("{value:#?}"));
        for secret in [CANARY, DIGITS] {
            assert!(
                !debug.contains(secret) && !alternate.contains(secret),
                "{key}"
            );
        }
    }
}

#[test]
fn debug_tells_names_kinds_and_sizes() {
    assert_eq!(
        format!("{:?}", account()),
        "Entity { Attributes: {\"name\": string(7), \"revenue\": Money, \
         \"statecode\": OptionSetValue, \"parentaccountid\": null}, EntityState: null, \
         FormattedValues: {\"revenue\": string(9)}, \
         Id: 53c52f26-a89d-ef11-8a69-000d3a30b0c1, KeyAttributes: {}, \
         LogicalName: \"account\", RelatedEntities: {}, RowVersion: null }"
    );
    let parameters = ParameterCollection::from([
        ("Bytes", Value::from(vec![1u8, 2])),
        ("Choices", vec![OptionSetValue(1)].into()),
        ("Number", Value::Number(Number::new("12.50").unwrap())),
    ]);
    let mut flag = BooleanManagedProperty::default();
    flag.value = true.into();
    assert_eq!(
        format!("{flag:?}"),
        "BooleanManagedProperty { Value: boolean }"
    );
    assert_eq!(
        format!("{parameters:?}"),
        "{\"Bytes\": bytes(2), \"Choices\": OptionSetValueCollection(1), \"Number\": number}"
    );
}

#[test]
fn debug_escapes_and_clips_names_out_of_the_message() {
    let row = Entity::new("acc\u{1b}[2J", ID).with("x".repeat(1000), 1);
    let debug = format!("{row:?}");
    assert!(!debug.contains('\u{1b}') && debug.len() < 500, "{debug}");
}

#[test]
fn a_lookup_and_a_row_display_without_values() {
    let mut reference = EntityReference::new("account", ID);
    reference.name = "Contoso".into();
    assert_eq!(
        reference.to_string(),
        "account(53c52f26-a89d-ef11-8a69-000d3a30b0c1)"
    );
    let mut by_key = EntityReference::new("account", Uuid::nil());
    by_key.key_attributes = KeyAttributeCollection::from([("accountnumber", "A-1")]).into();
    assert_eq!(by_key.to_string(), "account(accountnumber)");
    assert_eq!(
        account().to_string(),
        "account(53c52f26-a89d-ef11-8a69-000d3a30b0c1) with name, revenue, statecode, \
         parentaccountid"
    );
}

#[test]
fn a_value_displays_as_people_write_it() {
    for (value, text) in [
        (Value::Null, "null"),
        (true.into(), "true"),
        ("Contoso \"Ltd\"".into(), "Contoso \"Ltd\""),
        (
            account().get::<Money>("revenue").unwrap().unwrap().into(),
            "2154.320",
        ),
        (OptionSetValue(5).into(), "5"),
        (1e15.into(), "1E+15"),
        (vec![1u8, 250].into(), "2 bytes 01 fa"),
        (
            vec![String::from("a"), String::from("b")].into(),
            "[\"a\", \"b\"]",
        ),
        (AccessRights::READ_ACCESS.into(), "ReadAccess"),
        (
            account().into(),
            "account(53c52f26-a89d-ef11-8a69-000d3a30b0c1)",
        ),
        (
            Relationship::new("account_contacts").into(),
            "{SchemaName: \"account_contacts\"}",
        ),
    ] {
        assert_eq!(value.to_string(), text);
    }
}

#[test]
fn a_message_prints_what_matters_first_and_its_ids_last() {
    let mut context = RemoteExecutionContext::new("Update", "account");
    context.primary_entity_id = ID.into();
    context.operation_created_on =
        DateTime::from_unix_millis(1_506_409_448_000, DateTimeKind::Local(Some(-420)))
            .unwrap()
            .into();
    context.set_target(account());
    context.set_pre_image("before", Entity::new("account", ID));
    let pretty = context.pretty().to_string();
    let expected = "\
Update of account(53c52f26-a89d-ef11-8a69-000d3a30b0c1)
  stage 40 (post-operation), asynchronous, depth 1
  OperationCreatedOn  2017-09-26T00:04:08-07:00  (corrected: 2017-09-26T00:04:08Z)

  InputParameters
    Target  Entity  account(53c52f26-a89d-ef11-8a69-000d3a30b0c1)
      name             string          \"Contoso\"
      revenue          Money           2154.320  ($2,154.32)
      statecode        OptionSetValue  1
      parentaccountid                  null

  PreEntityImages
    before  Entity  account(53c52f26-a89d-ef11-8a69-000d3a30b0c1)

  Empty: PostEntityImages, OutputParameters, SharedVariables

  BusinessUnitId ";
    assert_eq!(&pretty[..expected.len()], expected, "{pretty}");
    assert!(pretty.lines().all(|line| line == line.trim_end()));
}

#[test]
fn a_terminal_obeys_nothing_out_of_a_message() {
    let row = Entity::new("account\u{1b}]0;x\u{7}", ID)
        .with("na\rme", "\u{1b}[2J\n\u{202e}x\u{200b}")
        .with(
            "object",
            Object {
                type_name: Some(OwnedTypeName {
                    local: "\u{9b}1m".into(),
                    ..Default::default()
                }),
                members: vec![("\u{8}".into(), "\u{c}".into())],
            },
        );
    let mut context = RemoteExecutionContext::new("Upd\u{1b}ate", "acc\u{1b}ount");
    context.set_target(row.clone());
    context.set_other("Ten\u{1b}ant", "\u{1b}");
    for text in [context.pretty().to_string(), row.pretty().to_string()] {
        let obeyed = |c: char| c != '\n' && c.is_control() || matches!(c, '\u{202e}' | '\u{200b}');
        assert!(!text.contains(obeyed), "{text:?}");
        assert!(
            text.contains("\"\\u{1b}[2J\\n\\u{202e}x\\u{200b}\""),
            "{text}"
        );
    }
}

#[test]
fn long_texts_are_clipped_unless_the_whole_is_asked_for() {
    let value = Value::from("ä".repeat(1000));
    let clipped = value.pretty().to_string();
    assert_eq!(
        clipped,
        format!("\"{}\"… (1000 characters)", "ä".repeat(200))
    );
    let whole = value.pretty().whole().to_string();
    assert_eq!(whole, format!("\"{}\"", "ä".repeat(1000)));
}

#[test]
fn a_collection_of_any_depth_prints_one_level_further_in_each() {
    let parties = vec![Entity::new("activityparty", Uuid::nil()).with("partyid", 1)];
    let email = Entity::new("email", ID).with("to", parties);
    assert_eq!(
        email.pretty().to_string(),
        "\
Entity email(53c52f26-a89d-ef11-8a69-000d3a30b0c1)
  to  EntityCollection  1 row of activityparty
    Entities                       1 item
      [0]  activityparty(00000000-0000-0000-0000-000000000000)
        partyid  int  1
    EntityName                     \"activityparty\"
    MoreRecords                    false
    TotalRecordCount               0
    TotalRecordCountLimitExceeded  false"
    );
}

#[test]
fn serialises_in_the_shapes_that_people_and_tools_want() {
    let row = Entity::new("account", ID)
        .with("name", "Contoso")
        .with("revenue", "2154.320".parse::<Money>().unwrap())
        .with("statecode", OptionSetValue(1))
        .with("createdon", DateTime::MIN)
        .with("ownerid", EntityReference::new("systemuser", ID))
        .with("ratio", 0.5)
        .with("nothing", f64::NAN)
        .with("image", vec![0u8, 1, 250])
        .with("parentaccountid", Value::Null);
    let json = serde_json::to_value(&row).unwrap();
    assert_eq!(
        json["Attributes"],
        serde_json::json!({
            "name": "Contoso",
            "revenue": "2154.320",
            "statecode": 1,
            "createdon": "0001-01-01T00:00:00",
            "ownerid": {
                "Id": ID.to_string(), "KeyAttributes": {}, "LogicalName": "systemuser",
                "Name": null, "RowVersion": null,
            },
            "ratio": 0.5,
            "nothing": "NaN",
            "image": "AAH6",
            "parentaccountid": null,
        })
    );
    assert_eq!(json["EntityState"], serde_json::Value::Null);
    assert_eq!(json.get("Other"), None);
}

#[test]
fn serialises_the_last_of_pairs_with_one_key_and_numbers_without_loss() {
    let number = |text: &str| Value::Number(Number::new(text).unwrap());
    let mut parameters = ParameterCollection::from([
        ("a", number("1")),
        ("b", number("1.50")),
        ("c", number("2365.12")),
        ("d", number("18446744073709551615")),
        ("e", number("INF")),
    ]);
    parameters.push("a".into(), number("2"));
    assert_eq!(
        serde_json::to_string(&parameters).unwrap(),
        r#"{"b":"1.50","c":2365.12,"d":18446744073709551615,"e":"INF","a":2}"#
    );
    let mut related = RelatedEntityCollection::new();
    related.push(Relationship::new("account_contacts"), None);
    assert_eq!(
        serde_json::to_string(&related).unwrap(),
        r#"[{"key":{"PrimaryEntityRole":null,"SchemaName":"account_contacts"},"value":null}]"#
    );
}
