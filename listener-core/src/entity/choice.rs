/// The numbers of a choice (an option set) as an enum; `#[derive(Choice)]` implements it.
///
/// A number that the enum does not know is kept, since somebody can add an option to a choice while a listener runs.
///
/// ```
/// use listener_core::entity::Choice;
///
/// #[derive(Debug, PartialEq)]
/// enum Rating {
///     Hot,
///     Cold,
///     Unknown(i32),
/// }
///
/// impl Choice for Rating {
///     fn from_number(number: i32) -> Self {
///         match number {
///             1 => Self::Hot,
///             3 => Self::Cold,
///             other => Self::Unknown(other),
///         }
///     }
///
///     fn number(&self) -> i32 {
///         match self {
///             Self::Hot => 1,
///             Self::Cold => 3,
///             Self::Unknown(number) => *number,
///         }
///     }
/// }
///
/// assert_eq!(Rating::from_number(7), Rating::Unknown(7));
/// ```
pub trait Choice: Sized {
    /// The option of this number.
    fn from_number(number: i32) -> Self;

    /// The option's number.
    fn number(&self) -> i32;
}
