enum Piece {
    /// `%`: any characters, or none.
    Any,
    /// `_`: one character.
    One,
    Character(char),
}

/// The first piece of a pattern, and what follows it. An escaping character at the end stands for itself.
fn piece(pattern: &str, escape: Option<char>) -> Option<(Piece, &str)> {
    let mut characters = pattern.chars();
    let first = characters.next()?;
    if Some(first) == escape {
        let escaped = characters.next().unwrap_or(first);
        return Some((Piece::Character(escaped), characters.as_str()));
    }
    let piece = match first {
        '%' => Piece::Any,
        '_' => Piece::One,
        other => Piece::Character(other),
    };
    Some((piece, characters.as_str()))
}

/// Whether the whole of `text` is what `pattern` describes, with its case.
///
/// It goes back only to the last `%`, so that it takes at most as many steps as the product of both lengths.
pub(super) fn is_like(text: &str, pattern: &str, escape: Option<char>) -> bool {
    let (mut text, mut pattern) = (text, pattern);
    // Behind the last `%`, and the text that it has not taken yet.
    let mut last_any: Option<(&str, &str)> = None;
    loop {
        let mut rest = text.chars();
        let character = rest.next();
        let matched = match (piece(pattern, escape), character) {
            (Some((Piece::Any, behind)), _) => {
                last_any = Some((behind, text));
                pattern = behind;
                continue;
            }
            (Some((Piece::One, behind)), Some(_)) => Some(behind),
            (Some((Piece::Character(own), behind)), Some(character)) if own == character => {
                Some(behind)
            }
            (None, None) => return true,
            _ => None,
        };
        if let Some(behind) = matched {
            (text, pattern) = (rest.as_str(), behind);
            continue;
        }
        let Some((behind, untaken)) = last_any else {
            return false;
        };
        let mut untaken = untaken.chars();
        if untaken.next().is_none() {
            return false;
        }
        (text, pattern) = (untaken.as_str(), behind);
        last_any = Some((behind, text));
    }
}
