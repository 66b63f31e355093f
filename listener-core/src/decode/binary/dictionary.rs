use super::StringTable;

/// Which strings a document may name by number.
///
/// Even numbers are the static dictionary of [MC-NBFS], odd ones the strings that a session sent ([MC-NBFSE]).
#[derive(Clone, Copy, Debug, Default)]
pub enum Dictionary<'a> {
    /// None: a dictionary record is an error. Bodies on Service Bus have no dictionary.
    None,
    /// The static dictionary, as `application/soap+msbin1` has it.
    #[default]
    Static,
    /// The static dictionary, and the strings of a session, as `application/soap+msbinsession1` has them.
    Session(&'a StringTable),
}

impl<'a> Dictionary<'a> {
    /// The string with this number.
    ///
    /// ```
    /// use listener_core::decode::binary::Dictionary;
    ///
    /// assert_eq!(Dictionary::Static.get(14), Some("Body"));
    /// assert_eq!(Dictionary::None.get(14), None);
    /// ```
    pub fn get(self, id: u32) -> Option<&'a str> {
        match self {
            Self::None => None,
            Self::Session(table) if id % 2 == 1 => table.get(id),
            Self::Static | Self::Session(_) if id.is_multiple_of(2) => {
                STRINGS.get(id as usize / 2).copied()
            }
            Self::Static | Self::Session(_) => None,
        }
    }
}

const COUNT: usize = 487;
/// As .NET has them (dotnet/wcf, `ServiceModelStringsVersion1.cs`, MIT).
static STRINGS: [&str; COUNT] = parse(include_str!("dictionary.tsv"));

/// Splits lines of a number, a tab and a string. The numbers are checked: a line too many or too few does not compile.
const fn parse(tsv: &'static str) -> [&'static str; COUNT] {
    let mut strings = [""; COUNT];
    let mut rest = tsv;
    let mut nth = 0;
    while nth < COUNT {
        let (line, after) = split(rest, b'\n');
        let (id, string) = split(line, b'\t');
        assert!(number(id) == 2 * nth, "the dictionary is not in order");
        strings[nth] = string;
        rest = after;
        nth += 1;
    }
    assert!(rest.is_empty(), "the dictionary has too many lines");
    strings
}

const fn split(text: &'static str, at: u8) -> (&'static str, &'static str) {
    let mut nth = 0;
    while text.as_bytes()[nth] != at {
        nth += 1;
    }
    let (before, after) = text.split_at(nth);
    (before, after.split_at(1).1)
}

const fn number(digits: &str) -> usize {
    let mut number = 0;
    let mut nth = 0;
    while nth < digits.len() {
        number = 10 * number + (digits.as_bytes()[nth] - b'0') as usize;
        nth += 1;
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_strings_of_the_static_dictionary() {
        for (id, string) in [
            (0, "mustUnderstand"),
            (4, "http://www.w3.org/2003/05/soap-envelope"),
            // .NET differs here from the prose of [MC-NBFS].
            (162, ""),
            (424, " http://schemas.xmlsoap.org/ws/2005/02/trust/tlsnego"),
            (972, "detail"),
        ] {
            assert_eq!(Dictionary::Static.get(id), Some(string));
        }
    }

    #[test]
    fn knows_no_other_numbers() {
        for id in [1, 973, 974, u32::MAX - 1, u32::MAX] {
            assert_eq!(Dictionary::Static.get(id), None);
        }
    }
}
