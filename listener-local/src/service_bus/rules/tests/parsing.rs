use crate::service_bus::rules::{Limits, SqlFilter};

fn error(expression: &str) -> String {
    expression
        .parse::<SqlFilter>()
        .expect_err(expression)
        .to_string()
}

fn normal(expression: &str) -> String {
    expression
        .parse::<SqlFilter>()
        .expect(expression)
        .to_string()
}

#[test]
fn the_normal_form_parses_to_the_same_tree() {
    for expression in [
        "a = 1 or b = 2 and not c = 3",
        "(a = 1 or b = 2) and (c = 3 and d = 4)",
        "not (a = 1 and b is not null)",
        "a - (b - c) * -(2) + - -3 <> +x % 2",
        "a in (1, 'it''s', 0x1F, -9223372036854775808, 1e300, .5, 2.)",
        "user.[a]]b] not like N'x\\%%' escape '\\'",
        "exists(\"a \"\"b\"\"\") or sys.subject = 'x'",
        "property('a' + p(b)) = newid() or TRUE",
        "[AND] = 1 and [1a] = 2 and naïve_1 = 3",
    ] {
        let filter: SqlFilter = expression.parse().expect(expression);
        let again: SqlFilter = filter.to_string().parse().expect(expression);
        assert_eq!(filter.root(), again.root(), "{expression}: {filter}");
        assert_eq!(filter.to_string(), again.to_string());
    }
}

#[test]
fn and_binds_more_than_or_and_not_more_than_both() {
    assert_eq!(
        normal("a=1 OR (b=2 AND (NOT c=3))"),
        "a = 1 OR b = 2 AND NOT c = 3"
    );
    assert_eq!(normal("(a=1 OR b=2) AND c=3"), "(a = 1 OR b = 2) AND c = 3");
    assert_eq!(normal("1+(2*3) = (1+2)*3"), "1 + 2 * 3 = (1 + 2) * 3");
}

#[test]
fn errors_tell_where_what_was_expected_and_what_kind_was_found() {
    for (expression, expected) in [
        (
            "",
            "line 1, column 1: expected a value, a property or `(`, found the end",
        ),
        (
            "a =\n  AND",
            "line 2, column 3: expected a value, a property or `(`, found `AND`",
        ),
        (
            "a = 'secret",
            "line 1, column 5: expected `'` at the end of the string, found the end of the expression",
        ),
        (
            "a = 1 secret",
            "line 1, column 7: expected `AND`, `OR` or the end of the filter, found a name of 6 characters",
        ),
        (
            "a + 1",
            "line 1, column 1: expected a predicate, such as a comparison, found a value",
        ),
        (
            "(a = 1) = 2",
            "line 1, column 1: expected a value, found a predicate",
        ),
        (
            "a NOT 1",
            "line 1, column 7: expected `IN` or `LIKE` after `NOT`, found an integer",
        ),
        (
            "1 IS NULL",
            "line 1, column 1: expected a property before `IS`, found something else",
        ),
        (
            "a IN ()",
            "line 1, column 7: expected a value, a property or `(`, found `)`",
        ),
        (
            "sys.Secret = 1",
            "line 1, column 5: expected the name of a system property, such as `Label`, found another name of 6 characters",
        ),
        (
            "secret.x = 1",
            "line 1, column 1: expected `sys.` or `user.`, found another scope",
        ),
        (
            "@x = 1",
            "line 1, column 1: expected a parameter whose value is given beside the expression, found one without a value",
        ),
        (
            "a LIKE 'x' ESCAPE 'xy'",
            "line 1, column 19: expected a string of one character after `ESCAPE`, found another value",
        ),
        (
            "secret() = 1",
            "line 1, column 1: expected a function: `newid`, `property` or `p`, found one with a name of 6 characters",
        ),
        (
            "a = 9223372036854775808",
            "line 1, column 5: expected an integer of 64 bits, found a larger one",
        ),
        (
            "a = 0xFFFFFFFFFFFFFFFF",
            "line 1, column 5: expected an integer of 64 bits, found a larger one",
        ),
        (
            "a = 1e999",
            "line 1, column 5: expected a number that a double holds, found a larger one",
        ),
        (
            "a = 12ab",
            "line 1, column 5: expected a number, found digits with letters behind them",
        ),
        (
            "a = #",
            "line 1, column 5: expected a name, a value or an operator, found another character",
        ),
        (
            "[] = 1",
            "line 1, column 1: expected a name, found an empty one",
        ),
    ] {
        assert_eq!(error(expression), expected, "{expression}");
    }
}

#[test]
fn an_expression_may_be_as_long_as_azure_takes_and_no_longer() {
    let expression = |length: usize| format!("a = '{}'", "é".repeat(length - 6));
    assert!(expression(1_024).parse::<SqlFilter>().is_ok());
    assert!(
        error(&expression(1_025)).starts_with("line 1, column 1: expected at most 1024 characters")
    );
}

#[test]
fn nesting_is_limited_and_chains_are_not() {
    let nested = |depth: usize| format!("{}a = 1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(nested(64).parse::<SqlFilter>().is_ok());
    assert!(error(&nested(65)).contains("at most 64 levels of nesting"));
    assert!(error(&format!("{} a = 1", "NOT ".repeat(200))).contains("at most 64 levels"));
    assert!(error(&format!("{}a = 1", "- ".repeat(200))).contains("at most 64 levels"));
    assert!(
        format!("a = 1{}", "+1".repeat(400))
            .parse::<SqlFilter>()
            .is_ok()
    );
}

#[test]
fn words_values_and_signs_are_counted() {
    let limits = Limits {
        tokens: 3,
        ..Limits::default()
    };
    assert!(SqlFilter::new("a = 1", [], &limits).is_ok());
    let error = SqlFilter::new("a = - 1", [], &limits).expect_err("four tokens");
    assert!(error.expected().contains("at most 3 words"), "{error}");
}
