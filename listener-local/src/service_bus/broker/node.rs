use crate::service_bus::engine::path_in;

/// What an address names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// Where tokens are put.
    Cbs,
    /// Where requests about an entity go: its path.
    Management(String),
    /// A queue, a topic, a subscription, or a dead-letter queue: its path.
    Entity(String),
}

impl Node {
    /// The node of a [path](path_of).
    pub(super) fn of(path: &str) -> Self {
        match path {
            "$cbs" => Self::Cbs,
            _ => match path.strip_suffix("/$management") {
                Some(entity) => Self::Management(entity.to_owned()),
                None => Self::Entity(path.to_owned()),
            },
        }
    }
}

/// The path in an address or in the name of a token's audience: without `scheme://host:port/`, in lower case.
pub(super) fn path_of(address: &str) -> String {
    path_in(address).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_path_with_or_without_its_host() {
        for address in [
            "crm/Subscriptions/All",
            "/crm/subscriptions/all/",
            "amqps://localhost:5672/CRM/subscriptions/all",
            "sb://localhost/crm/subscriptions/all",
        ] {
            assert_eq!(path_of(address), "crm/subscriptions/all");
        }
        assert_eq!(path_of("sb://localhost"), "");
    }

    #[test]
    fn the_end_of_a_path_tells_the_node() {
        assert_eq!(Node::of("$cbs"), Node::Cbs);
        assert_eq!(
            Node::of("crm/$deadletterqueue/$management"),
            Node::Management("crm/$deadletterqueue".to_owned())
        );
        assert_eq!(
            Node::of("crm/$deadletterqueue"),
            Node::Entity("crm/$deadletterqueue".to_owned())
        );
    }
}
