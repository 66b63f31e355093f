//! Contract names and their namespaces, as the wire spells them.

use super::Text;

/// `http://schemas.microsoft.com/xrm/2011/Contracts`, the namespace of most contracts.
pub const XRM: &str = "http://schemas.microsoft.com/xrm/2011/Contracts";
/// `http://schemas.microsoft.com/xrm/7.1/Contracts`: KeyAttributeCollection, ConcurrencyBehavior.
pub const XRM_7_1: &str = "http://schemas.microsoft.com/xrm/7.1/Contracts";
/// `http://schemas.microsoft.com/xrm/9.0/Contracts`: OptionSetValueCollection.
pub const XRM_9_0: &str = "http://schemas.microsoft.com/xrm/9.0/Contracts";
/// `http://schemas.microsoft.com/crm/2011/Contracts`: PrincipalAccess, AccessRights.
pub const CRM: &str = "http://schemas.microsoft.com/crm/2011/Contracts";
/// `http://schemas.datacontract.org/2004/07/System.Collections.Generic`: `key` and `value` of a pair.
pub const GENERIC: &str = "http://schemas.datacontract.org/2004/07/System.Collections.Generic";
/// `http://schemas.microsoft.com/2003/10/Serialization/Arrays`: arrays of primitives.
pub const ARRAYS: &str = "http://schemas.microsoft.com/2003/10/Serialization/Arrays";
/// `http://schemas.microsoft.com/2003/10/Serialization/`: guid, duration, char.
pub const SERIALIZATION: &str = "http://schemas.microsoft.com/2003/10/Serialization/";
/// `http://www.w3.org/2001/XMLSchema`: the primitives.
pub const XSD: &str = "http://www.w3.org/2001/XMLSchema";
/// `http://www.w3.org/2001/XMLSchema-instance`: `i:type`, `i:nil`.
pub const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// The name of a contract known to this crate: local name and namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TypeName {
    /// The local name, as in `Entity`.
    pub local: &'static str,
    /// The namespace, as in [`XRM`].
    pub namespace: &'static str,
}

/// The name of a contract that this crate does not know, as the wire gave it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct OwnedTypeName {
    /// The local name.
    pub local: Text,
    /// The namespace; empty where the wire gave none.
    pub namespace: Text,
}
