//! Enumerations of the contracts: numbers in JSON, names in XML and binary.

use super::{Text, wire::Enumeration};

/// A value that an enumeration did not have when this crate was written, as the wire gave it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnknownEnum {
    /// A number, out of JSON.
    Number(i32),
    /// A name, out of XML or binary.
    Name(Text),
}

macro_rules! enumeration {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $number:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(
                $(#[$variant_meta])*
                #[doc = concat!("`", stringify!($variant), "`, ", $number, " in JSON.")]
                $variant,
            )*
            /// A value that this crate does not know.
            Unknown(UnknownEnum),
        }

        impl Enumeration for $name {
            fn from_number(number: i32) -> Self {
                match number {
                    $($number => Self::$variant,)*
                    _ => Self::Unknown(UnknownEnum::Number(number)),
                }
            }

            fn from_name(name: &str) -> Self {
                match name {
                    $(stringify!($variant) => Self::$variant,)*
                    _ => Self::Unknown(UnknownEnum::Name(name.into())),
                }
            }

            fn number(&self) -> Option<i32> {
                match self {
                    $(Self::$variant => Some($number),)*
                    Self::Unknown(UnknownEnum::Number(number)) => Some(*number),
                    Self::Unknown(UnknownEnum::Name(_)) => None,
                }
            }

            fn names(&self) -> impl Iterator<Item = &str> {
                match self {
                    $(Self::$variant => Some(stringify!($variant)),)*
                    Self::Unknown(UnknownEnum::Name(name)) => Some(name.as_str()),
                    Self::Unknown(UnknownEnum::Number(_)) => None,
                }
                .into_iter()
            }
        }

        crate::context::enumeration::enumeration_slot!($name);
        crate::context::view::viewed_enumeration!($name);
    };
}

macro_rules! enumeration_slot {
    ($name:ident) => {
        impl crate::context::wire::Slot for $name {
            const SHAPE: crate::context::wire::Shape = crate::context::wire::Shape::Scalar;

            fn read<R: crate::context::wire::Reader>(
                reader: &mut R,
            ) -> Result<Self, crate::decode::DecodeError> {
                reader.enumeration()
            }

            fn write<W: crate::context::wire::Writer>(
                &self,
                writer: &mut W,
            ) -> Result<(), W::Error> {
                writer.enumeration(self)
            }
        }
    };
}
pub(crate) use enumeration_slot;

enumeration! {
    /// What a client did to a row that it holds.
    pub enum EntityState { Unchanged = 0, Created = 1, Changed = 2, }
}
enumeration! {
    /// Which side of a relationship a table is on.
    pub enum EntityRole { Referencing = 0, Referenced = 1, }
}
enumeration! {
    /// How an Update or Delete treats a row that somebody else changed meanwhile.
    pub enum ConcurrencyBehavior { Default = 0, IfRowVersionMatches = 1, AlwaysOverwrite = 2, }
}
enumeration! {
    /// How the conditions of a filter combine.
    pub enum LogicalOperator { And = 0, Or = 1, }
}
enumeration! {
    /// The direction of an order.
    pub enum OrderType { Ascending = 0, Descending = 1, }
}
enumeration! {
    /// How a linked table joins.
    pub enum JoinOperator {
        Inner = 0, LeftOuter = 1, Natural = 2, MatchFirstRowUsingCrossApply = 3, In = 4, Exists = 5, Any = 6,
        NotAny = 7, All = 8, NotAll = 9,
    }
}
enumeration! {
    /// How a condition compares. Numbers in the order of declaration in Microsoft's SDK.
    pub enum ConditionOperator {
        Equal = 0, NotEqual = 1, GreaterThan = 2, LessThan = 3, GreaterEqual = 4, LessEqual = 5, Like = 6, NotLike = 7,
        In = 8, NotIn = 9, Between = 10, NotBetween = 11, Null = 12, NotNull = 13, Yesterday = 14, Today = 15,
        Tomorrow = 16, Last7Days = 17, Next7Days = 18, LastWeek = 19, ThisWeek = 20, NextWeek = 21, LastMonth = 22,
        ThisMonth = 23, NextMonth = 24, On = 25, OnOrBefore = 26, OnOrAfter = 27, LastYear = 28, ThisYear = 29,
        NextYear = 30, LastXHours = 31, NextXHours = 32, LastXDays = 33, NextXDays = 34, LastXWeeks = 35,
        NextXWeeks = 36, LastXMonths = 37, NextXMonths = 38, LastXYears = 39, NextXYears = 40, EqualUserId = 41,
        NotEqualUserId = 42, EqualBusinessId = 43, NotEqualBusinessId = 44, ChildOf = 45, Mask = 46, NotMask = 47,
        MasksSelect = 48, Contains = 49, DoesNotContain = 50, EqualUserLanguage = 51, NotOn = 52,
        OlderThanXMonths = 53, BeginsWith = 54, DoesNotBeginWith = 55, EndsWith = 56, DoesNotEndWith = 57,
        ThisFiscalYear = 58, ThisFiscalPeriod = 59, NextFiscalYear = 60, NextFiscalPeriod = 61, LastFiscalYear = 62,
        LastFiscalPeriod = 63, LastXFiscalYears = 64, LastXFiscalPeriods = 65, NextXFiscalYears = 66,
        NextXFiscalPeriods = 67, InFiscalYear = 68, InFiscalPeriod = 69, InFiscalPeriodAndYear = 70,
        InOrBeforeFiscalPeriodAndYear = 71, InOrAfterFiscalPeriodAndYear = 72, EqualUserTeams = 73,
        EqualUserOrUserTeams = 74, Under = 75, NotUnder = 76, UnderOrEqual = 77, Above = 78, AboveOrEqual = 79,
        EqualUserOrUserHierarchy = 80, EqualUserOrUserHierarchyAndTeams = 81, OlderThanXYears = 82,
        OlderThanXWeeks = 83, OlderThanXDays = 84, OlderThanXHours = 85, OlderThanXMinutes = 86, ContainValues = 87,
        DoesNotContainValues = 88,
    }
}
