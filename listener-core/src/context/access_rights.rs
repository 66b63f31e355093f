use std::{fmt, ops::BitOr};

use super::{Text, enumeration::enumeration_slot, wire::Enumeration};

/// What a principal may do with a row: flags, added up in JSON and named in XML and binary.
///
/// Names that this crate does not know are kept, and written back where names are written.
///
/// ```
/// use listener_core::context::AccessRights;
///
/// let mask = AccessRights::READ_ACCESS | AccessRights::WRITE_ACCESS;
/// assert!(mask.contains(&AccessRights::READ_ACCESS));
/// assert_eq!(mask.bits(), 3);
/// assert_eq!(mask.to_string(), "ReadAccess WriteAccess");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct AccessRights {
    bits: i32,
    /// All names as the wire gave them, if one of them is not known.
    names: Option<Text>,
}

const NAMES: [(i32, &str); 8] = [
    (1, "ReadAccess"),
    (2, "WriteAccess"),
    (4, "AppendAccess"),
    (16, "AppendToAccess"),
    (32, "CreateAccess"),
    (65_536, "DeleteAccess"),
    (262_144, "ShareAccess"),
    (524_288, "AssignAccess"),
];

impl AccessRights {
    /// Nothing.
    pub const NONE: Self = Self::from_bits(0);
    /// To read the row.
    pub const READ_ACCESS: Self = Self::from_bits(1);
    /// To change the row.
    pub const WRITE_ACCESS: Self = Self::from_bits(2);
    /// To attach the row to another.
    pub const APPEND_ACCESS: Self = Self::from_bits(4);
    /// To attach another row to it.
    pub const APPEND_TO_ACCESS: Self = Self::from_bits(16);
    /// To create rows.
    pub const CREATE_ACCESS: Self = Self::from_bits(32);
    /// To delete the row.
    pub const DELETE_ACCESS: Self = Self::from_bits(65_536);
    /// To share the row.
    pub const SHARE_ACCESS: Self = Self::from_bits(262_144);
    /// To give the row to another owner.
    pub const ASSIGN_ACCESS: Self = Self::from_bits(524_288);

    /// The rights whose numbers add up to this one.
    pub const fn from_bits(bits: i32) -> Self {
        Self { bits, names: None }
    }

    /// The sum of the numbers of all rights that are known.
    pub const fn bits(&self) -> i32 {
        self.bits
    }

    /// Whether all rights of `other` are among these.
    pub fn contains(&self, other: &Self) -> bool {
        let known = self.bits & other.bits == other.bits;
        known
            && other
                .unknown()
                .all(|name| self.unknown().any(|own| own == name))
    }

    /// The names that this crate does not know.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        split(self.names.as_deref().unwrap_or_default()).filter(|name| bit(name).is_none())
    }
}

fn split(names: &str) -> impl Iterator<Item = &str> {
    names.split_ascii_whitespace()
}

fn bit(name: &str) -> Option<i32> {
    let named = NAMES.iter().find(|(_, known)| *known == name);
    named.map(|(bit, _)| *bit).or((name == "None").then_some(0))
}

impl BitOr for AccessRights {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        if self.names.is_none() && other.names.is_none() {
            return Self::from_bits(self.bits | other.bits);
        }
        let mut names = self.to_string();
        for name in Enumeration::names(&other) {
            if !split(&names).any(|own| own == name) {
                names.push(' ');
                names.push_str(name);
            }
        }
        Self {
            bits: self.bits | other.bits,
            names: Some(names.into()),
        }
    }
}

impl Enumeration for AccessRights {
    fn from_number(number: i32) -> Self {
        Self::from_bits(number)
    }

    fn from_name(names: &str) -> Self {
        let bits = split(names).filter_map(bit).fold(0, |sum, bit| sum | bit);
        let all_known = split(names).all(|name| bit(name).is_some());
        Self {
            bits,
            names: (!all_known).then(|| names.into()),
        }
    }

    fn number(&self) -> Option<i32> {
        self.names.is_none().then_some(self.bits)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let bits = if self.names.is_some() { 0 } else { self.bits };
        let named = NAMES.iter().fold(0, |sum, (bit, _)| sum | bit);
        // A number that no names add up to has no names.
        let bits = if bits & !named == 0 { bits } else { 0 };
        let none = (self.names.is_none() && self.bits == 0).then_some("None");
        none.into_iter()
            .chain(split(self.names.as_deref().unwrap_or_default()))
            .chain(
                NAMES
                    .iter()
                    .filter(move |(bit, _)| bits & bit != 0)
                    .map(|(_, name)| *name),
            )
    }
}

enumeration_slot!(AccessRights);

impl fmt::Display for AccessRights {
    /// The names with a space between, or the number if it has no names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = Enumeration::names(self).peekable();
        if names.peek().is_none() {
            return self.bits.fmt(f);
        }
        for (nth, name) in names.enumerate() {
            if nth > 0 {
                f.write_str(" ")?;
            }
            f.write_str(name)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_are_kept_and_written_back_where_they_stood() {
        let text = "ReadAccess LaunchAccess WriteAccess";
        let rights = AccessRights::from_name(text);
        assert_eq!(rights.bits(), 3);
        assert_eq!(rights.unknown().collect::<Vec<_>>(), ["LaunchAccess"]);
        assert_eq!(rights.to_string(), text);
        assert_eq!(rights.number(), None);
        let more = AccessRights::SHARE_ACCESS | rights.clone();
        assert_eq!(
            more.to_string(),
            "ShareAccess ReadAccess LaunchAccess WriteAccess"
        );
        assert!(more.contains(&rights) && !rights.contains(&more));
    }

    #[test]
    fn known_names_and_numbers_are_the_same_rights() {
        for (number, names) in [
            (0, "None"),
            (3, "ReadAccess WriteAccess"),
            (524_304, "AppendToAccess AssignAccess"),
        ] {
            assert_eq!(
                AccessRights::from_name(names),
                AccessRights::from_number(number)
            );
            assert_eq!(AccessRights::from_bits(number).to_string(), names);
        }
    }

    #[test]
    fn a_number_that_no_names_add_up_to_has_none() {
        assert_eq!(AccessRights::from_bits(9).names().count(), 0);
        assert_eq!(AccessRights::from_bits(9).to_string(), "9");
    }
}
