/// How large an expression may be, so that a hostile one costs little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Characters of the expression. Azure takes 1,024.
    pub length: usize,
    /// How deep parentheses, signs, NOT and functions may be nested.
    pub depth: usize,
    /// Words, numbers, strings and signs of the expression.
    pub tokens: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            length: 1_024,
            depth: 64,
            tokens: 1_024,
        }
    }
}

/// The bytes of the longest text that an expression may make. An action could else double a text with each statement.
pub(super) const RESULT_LIMIT: usize = 65_536;
