use std::{fmt, str::FromStr};

use serde::Deserialize;

/// What a route says that a rule can tell.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Route {
    message: String,
    entity: Option<String>,
}

impl Route {
    pub(super) fn names(&self) -> (&str, Option<&str>) {
        (&self.message, self.entity.as_deref())
    }

    /// Whether the table's name is none that Dataverse gives.
    pub(super) fn is_odd(&self) -> bool {
        let table = self.entity.as_deref().unwrap_or_default();
        table.chars().any(char::is_uppercase)
    }

    /// A control character would break out of a line of output.
    fn check(self) -> Result<Self, String> {
        let is_name = |name: &str| !name.is_empty() && !name.contains(char::is_control);
        for (of, name) in [
            ("message", Some(&self.message)),
            ("table", self.entity.as_ref()),
        ] {
            if let Some(name) = name.filter(|name| !is_name(name)) {
                let length = name.chars().count();
                return Err(format!(
                    "expected the name of a {of}, found {length} characters, which are none"
                ));
            }
        }
        Ok(self)
    }
}

/// `Create`, `Create/account`; `Create/*` is for any table too.
impl FromStr for Route {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (message, table) = match text.split_once('/') {
            Some((message, table)) => (message, Some(table)),
            None => (text, None),
        };
        let entity = table.filter(|table| *table != "*").map(str::to_owned);
        let message = message.to_owned();
        Self { message, entity }.check()
    }
}

/// What `router.routes()` serialises to; of which this reads a part.
pub(super) fn from_json(json: &[u8]) -> Result<Vec<Route>, String> {
    let routes: Vec<Route> = serde_json::from_slice(json).map_err(|error| {
        // Not the error's own words: they may hold what stands there.
        format!(
            "expected an array of routes as `router.routes()` serialises to, each with a `message`, found something else in \
             line {}, column {}",
            error.line(),
            error.column()
        )
    })?;
    let numbered = routes.into_iter().enumerate();
    numbered
        .map(|(number, route)| {
            route
                .check()
                .map_err(|error| format!("route {number}: {error}"))
        })
        .collect()
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.entity {
            Some(table) => write!(f, "/{table}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Result<(String, Option<String>), String> {
        let route: Route = text.parse()?;
        Ok((route.message, route.entity))
    }

    #[test]
    fn a_message_stands_before_its_table() {
        let message = || "Create".to_owned();
        assert_eq!(
            names("Create/account"),
            Ok((message(), Some("account".to_owned())))
        );
        for any in ["Create", "Create/*"] {
            assert_eq!(names(any), Ok((message(), None)));
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in ["", "/account", "Create/", "Create/a\nb", "a\0"] {
            assert!(names(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn json_is_read_and_its_faults_told_without_its_values() {
        let routes = from_json(br#"[{"message":"Create","entity":null,"stage":40}]"#);
        assert_eq!(routes, Ok(vec!["Create".parse().unwrap()]));
        for (json, place) in [
            (r#"[{"message":"canary"},{"message":4711}]"#, "column 37"),
            (r#"{"message":"canary"}"#, "line 1"),
            (r#"[{"message":"canary"},{"message":"4711\n"}]"#, "route 1"),
        ] {
            let error = from_json(json.as_bytes()).unwrap_err();
            assert!(error.contains(place), "{error}");
            assert!(
                !error.contains("4711") && !error.contains("canary"),
                "{error}"
            );
        }
    }
}
