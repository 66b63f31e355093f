use std::fmt;

use listener_core::{amqp::Value, context::RemoteExecutionContext};

/// What the names of claims begin with. In a subscription's SQL filter such a name stands in double quotes:
/// `"http://schemas.microsoft.com/xrm/2011/Claims/EntityLogicalName" = 'account'`.
pub const CLAIMS: &str = "http://schemas.microsoft.com/xrm/2011/Claims/";

const ORGANIZATION: &str = "http://schemas.microsoft.com/xrm/2011/Claims/Organization";
const USER: &str = "http://schemas.microsoft.com/xrm/2011/Claims/User";
const INITIATING_USER: &str = "http://schemas.microsoft.com/xrm/2011/Claims/InitiatingUser";
const ENTITY_LOGICAL_NAME: &str = "http://schemas.microsoft.com/xrm/2011/Claims/EntityLogicalName";
const REQUEST_NAME: &str = "http://schemas.microsoft.com/xrm/2011/Claims/RequestName";
const INITIATING_USER_AGENT: &str =
    "http://schemas.microsoft.com/xrm/2011/Claims/InitiatingUserAgent";

/// What a queue's or topic's registration makes the properties of its messages say.
///
/// The claim `SecurityToken`, which federated endpoints add, is not sent: only Dataverse could sign one.
///
/// <https://learn.microsoft.com/power-apps/developer/data-platform/azure-integration>
#[derive(Clone, Debug, Default)]
pub struct Claims {
    /// The organisation's host name, such as `contoso.crm.dynamics.com`; sent in lower case. Without one, the context's
    /// `OrganizationName`.
    pub organization: Option<String>,
    /// What is told of the users.
    pub user: UserClaim,
}

/// What the claims `User` and `InitiatingUser` say: `userclaim` of the table `serviceendpoint`.
///
/// `Debug` shows no user's name.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserClaim {
    /// 1: nothing, both are null.
    #[default]
    None,
    /// 2: the ids that the context has, in braces.
    UserId,
    /// 3: names, which the context does not have.
    UserInfo {
        /// In whose name the step ran, such as `anna@contoso.com`.
        user: String,
        /// Who caused the operation.
        initiating_user: String,
    },
}

impl Claims {
    /// The claims about `context`, in the order of Dataverse's code.
    pub(super) fn of(&self, context: &RemoteExecutionContext) -> Vec<(&'static str, Value)> {
        let organization = self
            .organization
            .as_deref()
            .unwrap_or(context.organization_name());
        let (user, initiating_user) = match &self.user {
            UserClaim::None => (Value::Null, Value::Null),
            UserClaim::UserId => (
                context.user_id().braced().to_string().into(),
                context.initiating_user_id().braced().to_string().into(),
            ),
            UserClaim::UserInfo {
                user,
                initiating_user,
            } => (user.as_str().into(), initiating_user.as_str().into()),
        };
        let mut claims = vec![
            (ORGANIZATION, organization.to_lowercase().into()),
            (USER, user),
            (INITIATING_USER, initiating_user),
            (ENTITY_LOGICAL_NAME, context.primary_entity_name().into()),
            (REQUEST_NAME, context.message_name().into()),
        ];
        // Online sends it since about 2023, as it does the member; contexts from before have neither.
        if let Some(agent) = context.initiating_user_agent.value() {
            claims.push((INITIATING_USER_AGENT, agent.as_str().into()));
        }
        claims
    }
}

impl fmt::Debug for UserClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::UserId => "UserId",
            Self::UserInfo { .. } => "UserInfo(..)",
        })
    }
}

#[cfg(test)]
mod tests {
    use listener_core::context::Member;
    use uuid::Uuid;

    use super::*;

    fn context() -> RemoteExecutionContext {
        let mut context = RemoteExecutionContext::new("Update", "account");
        context.organization_name = "UNQ1234".into();
        context.user_id = Uuid::from_u128(0xA1).into();
        context.initiating_user_id = Uuid::from_u128(0xB2).into();
        context.initiating_user_agent = "Mozilla/5.0".into();
        context
    }

    fn suffixes(claims: &[(&'static str, Value)]) -> Vec<(&'static str, Option<String>)> {
        claims
            .iter()
            .map(|(name, value)| {
                let text = value.as_str().map(str::to_owned);
                assert!(text.is_some() || *value == Value::Null, "{name}");
                (name.strip_prefix(CLAIMS).unwrap(), text)
            })
            .collect()
    }

    #[test]
    fn are_texts_in_the_order_of_dataverse_and_null_where_no_user_is_told() {
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            suffixes(&Claims::default().of(&context())),
            [
                ("Organization", text("unq1234")),
                ("User", None),
                ("InitiatingUser", None),
                ("EntityLogicalName", text("account")),
                ("RequestName", text("Update")),
                ("InitiatingUserAgent", text("Mozilla/5.0")),
            ]
        );
    }

    #[test]
    fn name_the_host_of_the_organization_in_lower_case() {
        let claims = Claims {
            organization: Some("Contoso.CRM.dynamics.com".to_owned()),
            ..Claims::default()
        };
        assert_eq!(
            claims.of(&context())[0].1.as_str(),
            Some("contoso.crm.dynamics.com")
        );
    }

    #[test]
    fn tell_users_by_id_in_braces_or_by_name() {
        let users = |user| {
            let claims = Claims {
                user,
                ..Claims::default()
            };
            let claims = suffixes(&claims.of(&context()));
            [claims[1].1.clone().unwrap(), claims[2].1.clone().unwrap()]
        };
        assert_eq!(
            users(UserClaim::UserId),
            [
                "{00000000-0000-0000-0000-0000000000a1}",
                "{00000000-0000-0000-0000-0000000000b2}"
            ]
        );
        let named = UserClaim::UserInfo {
            user: "anna@contoso.com".to_owned(),
            initiating_user: "CONTOSO\\ben".to_owned(),
        };
        assert!(!format!("{named:?}").contains("anna"));
        assert_eq!(users(named), ["anna@contoso.com", "CONTOSO\\ben"]);
    }

    #[test]
    fn leave_out_the_agent_of_a_context_that_has_none() {
        let mut context = context();
        for member in [Member::Absent, Member::Null] {
            context.initiating_user_agent = member;
            assert_eq!(Claims::default().of(&context).len(), 5);
        }
    }
}
