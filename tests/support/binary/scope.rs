use crate::random::Random;

/// The prefixes that are bound at a place; the last one of a prefix counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope(Vec<(String, String)>);

impl Scope {
    /// Whether it is that of an element, not of a document.
    pub(super) const fn is_inside(&self) -> bool {
        !self.0.is_empty()
    }

    fn uri(&self, prefix: &str) -> Option<&str> {
        let mut innermost = self.0.iter().rev();
        innermost
            .find(|(bound, _)| bound == prefix)
            .map(|(_, uri)| uri.as_str())
    }

    fn prefixes<'a>(&'a self, uri: &'a str) -> impl Iterator<Item = &'a str> {
        let bound = self.0.iter().map(|(prefix, _)| prefix.as_str());
        bound.filter(move |prefix| self.uri(prefix) == Some(uri))
    }
}

/// The prefixes of a tag: those in scope, and those that it declares as it needs them.
#[derive(Debug)]
pub(super) struct Tag {
    scope: Scope,
    declared: Vec<(String, String)>,
    /// Those that names of the tag have already: to bind them again would change what the names mean.
    used: Vec<String>,
}

impl Tag {
    pub(super) fn new(outer: &Scope) -> Self {
        Self {
            scope: outer.clone(),
            declared: Vec::new(),
            used: Vec::new(),
        }
    }

    /// A prefix for this namespace, that is bound already or now. The default namespace holds for no attribute.
    pub(super) fn prefix(&mut self, uri: &str, is_attribute: bool, random: &mut Random) -> String {
        let fits = |prefix: &&str| !(is_attribute && prefix.is_empty());
        let known: Vec<&str> = self.scope.prefixes(uri).filter(fits).collect();
        let prefix = if known.is_empty() || random.one_in(6) {
            let new = self.free(is_attribute, random);
            self.declare(&new, uri);
            new
        } else {
            known[random.below(known.len())].to_owned()
        };
        self.used.push(prefix.clone());
        prefix
    }

    /// Binds what no name of the tag needs: a prefix that hides one from outside, or no default namespace any more.
    pub(super) fn disturb(&mut self, random: &mut Random) {
        let prefix = self.free(false, random);
        let uri = if prefix.is_empty() { "" } else { "urn:foreign" };
        self.declare(&prefix, uri);
    }

    fn declare(&mut self, prefix: &str, uri: &str) {
        let binding = (prefix.to_owned(), uri.to_owned());
        self.declared.push(binding.clone());
        self.scope.0.push(binding);
    }

    /// A prefix that the tag may bind, one from outside among them.
    fn free(&self, is_attribute: bool, random: &mut Random) -> String {
        let outer: Vec<&str> = self.scope.0.iter().map(|(prefix, _)| &**prefix).collect();
        loop {
            let prefix = match random.below(5) {
                0 => String::new(),
                1 if !outer.is_empty() => outer[random.below(outer.len())].to_owned(),
                2 => format!("{}{}", ["ns", "é", "A"][random.below(3)], random.below(100)),
                _ => char::from(b'a' + u8::try_from(random.below(26)).expect("a letter")).into(),
            };
            let taken = self.used.contains(&prefix)
                || self.declared.iter().any(|(bound, _)| *bound == prefix);
            let fits = !(is_attribute && prefix.is_empty());
            if fits && !taken {
                return prefix;
            }
        }
    }

    /// What the tag declares, and what is in scope in its element.
    pub(super) fn finish(self) -> (Vec<(String, String)>, Scope) {
        (self.declared, self.scope)
    }
}
