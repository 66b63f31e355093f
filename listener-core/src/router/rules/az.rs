use std::{borrow::Cow, fmt};

use super::SubscriptionRule;

/// Where a subscription is in Azure. What is not known is a placeholder, such as `<topic>`.
///
/// ```
/// use listener_core::router::SubscriptionAddress;
///
/// let address = SubscriptionAddress {
///     topic: "crm-events".to_owned(),
///     subscription: "billing".to_owned(),
///     ..SubscriptionAddress::default()
/// };
/// assert_eq!(address.resource_group, "<resource-group>");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionAddress {
    /// The resource group.
    pub resource_group: String,
    /// The namespace: its name alone, without `.servicebus.windows.net`.
    pub namespace: String,
    /// The topic.
    pub topic: String,
    /// The topic's subscription.
    pub subscription: String,
}

impl Default for SubscriptionAddress {
    /// Placeholders.
    fn default() -> Self {
        Self {
            resource_group: "<resource-group>".to_owned(),
            namespace: "<namespace>".to_owned(),
            topic: "<topic>".to_owned(),
            subscription: "<subscription>".to_owned(),
        }
    }
}

/// Commands of Azure CLI, for a POSIX shell
/// ([reference](https://learn.microsoft.com/cli/azure/servicebus/topic/subscription/rule)):
/// [`SubscriptionRules::az`](super::SubscriptionRules::az).
///
/// Each rule is made, or replaced if it is there. At the end `$Default` is deleted, so that meanwhile no message is
/// missed; if a rule cannot be made, it stays. Rules of other names stay as they are.
#[derive(Clone, Copy, Debug)]
pub struct AzCommands<'a> {
    rules: &'a [SubscriptionRule],
    address: &'a SubscriptionAddress,
}

impl<'a> AzCommands<'a> {
    pub(super) fn new(rules: &'a [SubscriptionRule], address: &'a SubscriptionAddress) -> Self {
        Self { rules, address }
    }

    fn command(&self, f: &mut fmt::Formatter<'_>, verb: &str, rule: &str) -> fmt::Result {
        let SubscriptionAddress {
            resource_group,
            namespace,
            topic,
            subscription,
        } = self.address;
        write!(f, "az servicebus topic subscription rule {verb}")?;
        for (option, value) in [
            ("resource-group", resource_group.as_str()),
            ("namespace-name", namespace),
            ("topic-name", topic),
            ("subscription-name", subscription),
            ("name", rule),
        ] {
            write!(f, " --{option} {}", quoted(value))?;
        }
        Ok(())
    }
}

impl fmt::Display for AzCommands<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for rule in self.rules {
            self.command(f, "create", rule.name())?;
            let expression = quoted(rule.expression());
            writeln!(f, " \\\n  --filter-sql-expression {expression} &&")?;
        }
        self.command(f, "delete", "$Default")?;
        writeln!(f)
    }
}

/// A text as one word of a POSIX shell (Shell Command Language, 2.2.2).
fn quoted(text: &str) -> Cow<'_, str> {
    let plain = |each: char| each.is_ascii_alphanumeric() || "-_./".contains(each);
    if !text.is_empty() && text.chars().all(plain) {
        return text.into();
    }
    format!("'{}'", text.replace('\'', r"'\''")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_what_a_shell_would_read_as_something_else() {
        for (text, word) in [
            ("crm-events_2.a/b", "crm-events_2.a/b"),
            ("", "''"),
            ("$Default", "'$Default'"),
            ("<topic>", "'<topic>'"),
            ("a b", "'a b'"),
            ("O'Hara", r"'O'\''Hara'"),
        ] {
            assert_eq!(quoted(text), word);
        }
    }
}
