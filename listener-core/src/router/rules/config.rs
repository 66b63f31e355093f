use std::fmt::{self, Write};

use super::SubscriptionRule;

/// An array of JSON, for `Rules` of a subscription in the `Config.json` of the official emulator
/// ([schema](https://github.com/Azure/azure-service-bus-emulator-installer)):
/// [`SubscriptionRules::config`](super::SubscriptionRules::config). A subscription that declares rules has no `$Default`.
#[derive(Clone, Copy, Debug)]
pub struct ConfigRules<'a>(&'a [SubscriptionRule]);

impl<'a> ConfigRules<'a> {
    pub(super) fn new(rules: &'a [SubscriptionRule]) -> Self {
        Self(rules)
    }
}

impl fmt::Display for ConfigRules<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('[')?;
        for (place, rule) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            write!(
                f,
                r#"{comma}
  {{
    "Name": {},
    "Properties": {{
      "FilterType": "Sql",
      "SqlFilter": {{ "SqlExpression": {} }}
    }}
  }}"#,
                Json(rule.name()),
                Json(rule.expression())
            )?;
        }
        writeln!(f, "\n]")
    }
}

/// A string of JSON (RFC 8259, 7).
struct Json<'a>(&'a str);

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for each in self.0.chars() {
            match each {
                '"' | '\\' => write!(f, "\\{each}")?,
                '\0'..='\u{1f}' => write!(f, "\\u{:04x}", u32::from(each))?,
                _ => f.write_char(each)?,
            }
        }
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_reads_back_whatever_it_holds() {
        let text: String = ('\0'..='\u{ff}').chain("€😀".chars()).collect();
        let json = Json(&text).to_string();
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
