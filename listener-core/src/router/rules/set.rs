use std::{fmt, slice, vec};

use serde::Serialize;

use super::{
    AzCommands, ConfigRules, SubscriptionAddress, SubscriptionRule,
    cover::Cover,
    sql::{self, EVERYTHING, NOTHING},
};

/// The rules of a Service Bus subscription that gets what a router takes:
/// [`Router::subscription_rules`](crate::Router::subscription_rules).
///
/// A message is delivered once if any of them takes it, since they have no actions. They are made of claims, Dataverse's
/// application properties
/// ([Azure integration](https://learn.microsoft.com/power-apps/developer/data-platform/azure-integration)), and so they
/// are wider than the routes, but never narrower:
///
/// - Stage, mode and filtering attributes are in the body, of which a rule sees nothing. The router looks at them.
/// - What lacks a claim is taken: tools that send messages again drop them, and the router then looks into the body.
///   Messages that are not Dataverse's lack them too.
/// - A router with a fallback takes everything.
/// - A name of more than 400 characters, which Dataverse never gives, is left to the router.
///
/// Texts are compared with their case, as the router does: tables by logical names, which are in lower case, messages as
/// Dataverse writes them. Were Service Bus to ignore the case, the rules would be wider.
///
/// A new subscription has a rule of its own that takes everything, `$Default`: it has to go.
///
/// ```
/// use listener_core::{Binding, Router, router::SubscriptionAddress};
///
/// let router: Router = Router::new()
///     .on(Binding::message("Create").entity("account"), || async {})
///     .on(Binding::message("Create").entity("contact").stage(40), || async {})
///     .on(Binding::message("Delete"), || async {});
/// let rules = router.subscription_rules();
/// assert_eq!(
///     rules.to_string(),
///     r#"-- listener-1
/// "http://schemas.microsoft.com/xrm/2011/Claims/RequestName" = 'Delete'
///
/// -- listener-2
/// "http://schemas.microsoft.com/xrm/2011/Claims/RequestName" = 'Create' AND "http://schemas.microsoft.com/xrm/2011/Claims/EntityLogicalName" IN ('account', 'contact')
///
/// -- listener-unclaimed
/// NOT EXISTS("http://schemas.microsoft.com/xrm/2011/Claims/RequestName") OR "http://schemas.microsoft.com/xrm/2011/Claims/RequestName" IS NULL OR NOT EXISTS("http://schemas.microsoft.com/xrm/2011/Claims/EntityLogicalName") OR "http://schemas.microsoft.com/xrm/2011/Claims/EntityLogicalName" IS NULL
/// "#
/// );
/// println!("{}", rules.az(&SubscriptionAddress::default()));
/// println!("{}", rules.config());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct SubscriptionRules(Vec<SubscriptionRule>);

impl SubscriptionRules {
    /// Rules for routes by message and, unless a route is for any, table. Without routes they take nothing.
    ///
    /// The same routes give the same rules, whatever their order.
    pub fn of_routes<'a>(routes: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> Self {
        let cover = Cover::of(routes);
        if cover.is_everything() {
            return Self::everything();
        }
        if cover.is_nothing() {
            // A subscription without rules takes nothing in Azure, and everything in the official emulator.
            return Self::single("nothing", NOTHING);
        }
        let expressions = cover.expressions().into_iter().zip(1..);
        let mut rules: Vec<_> = expressions
            .map(|(expression, number)| rule(number, expression))
            .collect();
        rules.push(rule("unclaimed", sql::unclaimed(cover.by_table())));
        Self(rules)
    }

    /// One rule that takes every message: for a router with a fallback.
    pub fn everything() -> Self {
        Self::single("everything", EVERYTHING)
    }

    fn single(name: &str, expression: &str) -> Self {
        Self(vec![rule(name, expression.to_owned())])
    }

    /// Each rule; there is at least one.
    pub fn as_slice(&self) -> &[SubscriptionRule] {
        &self.0
    }

    /// Each rule.
    pub fn iter(&self) -> slice::Iter<'_, SubscriptionRule> {
        self.0.iter()
    }

    /// The commands of Azure CLI that give the subscription these rules.
    pub fn az<'a>(&'a self, address: &'a SubscriptionAddress) -> AzCommands<'a> {
        AzCommands::new(&self.0, address)
    }

    /// The rules as the `Config.json` of the official emulator has them.
    pub fn config(&self) -> ConfigRules<'_> {
        ConfigRules::new(&self.0)
    }
}

fn rule(name: impl fmt::Display, expression: String) -> SubscriptionRule {
    SubscriptionRule::new(format!("listener-{name}"), expression)
}

/// As SQL: above each expression its rule's name.
impl fmt::Display for SubscriptionRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, rule) in self.0.iter().enumerate() {
            if place > 0 {
                writeln!(f)?;
            }
            writeln!(f, "-- {}", rule.name())?;
            writeln!(f, "{}", rule.expression())?;
        }
        Ok(())
    }
}

impl IntoIterator for SubscriptionRules {
    type Item = SubscriptionRule;
    type IntoIter = vec::IntoIter<SubscriptionRule>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a SubscriptionRules {
    type Item = &'a SubscriptionRule;
    type IntoIter = slice::Iter<'a, SubscriptionRule>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
