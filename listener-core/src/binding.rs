use std::{
    collections::HashSet,
    fmt,
    sync::{LazyLock, Mutex, PoisonError},
};

/// What a listener listens to: a message, and perhaps a table, a stage, a mode and columns; and which images it reads.
///
/// Names are compared exactly, as Dataverse writes them: messages as in `Update`, tables and columns by their logical
/// names.
///
/// ```
/// use listener_core::Binding;
///
/// const LIMIT_CHANGED: Binding = Binding::message("Update")
///     .entity("account")
///     .stage(40)
///     .filtering_attributes(&["creditlimit", "name"])
///     .pre_image("before");
///
/// assert_eq!(
///     LIMIT_CHANGED.to_string(),
///     "`Update` of `account`, stage 40, columns creditlimit, name"
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
pub struct Binding {
    pub(crate) message: &'static str,
    pub(crate) entity: Option<&'static str>,
    pub(crate) stage: Option<i32>,
    pub(crate) mode: Option<i32>,
    pub(crate) filtering_attributes: &'static [&'static str],
    pub(crate) pre_image: Option<&'static str>,
    pub(crate) post_image: Option<&'static str>,
}

impl Binding {
    /// A message of any table.
    pub const fn message(message: &'static str) -> Self {
        Self {
            message,
            entity: None,
            stage: None,
            mode: None,
            filtering_attributes: &[],
            pre_image: None,
            post_image: None,
        }
    }

    /// Of this table only, by its logical name.
    #[must_use]
    pub const fn entity(mut self, logical_name: &'static str) -> Self {
        self.entity = Some(logical_name);
        self
    }

    /// Of this stage only: 10 pre-validation, 20 pre-operation, 40 post-operation, 50 from a workflow.
    #[must_use]
    pub const fn stage(mut self, stage: i32) -> Self {
        self.stage = Some(stage);
        self
    }

    /// Of this mode only: 0 synchronous, 1 asynchronous.
    #[must_use]
    pub const fn mode(mut self, mode: i32) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Only where the Target carries one of these columns. A message that Dataverse cut down passes, for nobody knows
    /// what it carried.
    #[must_use]
    pub const fn filtering_attributes(mut self, columns: &'static [&'static str]) -> Self {
        self.filtering_attributes = columns;
        self
    }

    /// The name of the image that [`PreImage`](crate::PreImage) reads; for steps with several.
    #[must_use]
    pub const fn pre_image(mut self, name: &'static str) -> Self {
        self.pre_image = Some(name);
        self
    }

    /// The name of the image that [`PostImage`](crate::PostImage) reads; for steps with several.
    #[must_use]
    pub const fn post_image(mut self, name: &'static str) -> Self {
        self.post_image = Some(name);
        self
    }

    /// The same binding, kept for ever: each delivery points at the one by which it was routed. A program has as many as
    /// its source text, since they are made of static names.
    pub(crate) fn interned(self) -> &'static Self {
        static BINDINGS: LazyLock<Mutex<HashSet<&'static Binding>>> = LazyLock::new(Mutex::default);
        let mut bindings = BINDINGS.lock().unwrap_or_else(PoisonError::into_inner);
        match bindings.get(&self) {
            Some(binding) => binding,
            None => {
                let binding = Box::leak(Box::new(self));
                bindings.insert(binding);
                binding
            }
        }
    }

    /// Whether both choose the same messages, so that the later one would never run. Which images they read and in what
    /// order they name columns makes no difference.
    pub(crate) fn chooses_as(&self, other: &Self) -> bool {
        let within = |some: &[&str], all: &[&str]| some.iter().all(|column| all.contains(column));
        (self.message, self.entity, self.stage, self.mode)
            == (other.message, other.entity, other.stage, other.mode)
            && self.filtering_attributes.is_empty() == other.filtering_attributes.is_empty()
            && within(self.filtering_attributes, other.filtering_attributes)
            && within(other.filtering_attributes, self.filtering_attributes)
    }
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` of ", self.message)?;
        match self.entity {
            Some(entity) => write!(f, "`{entity}`")?,
            None => f.write_str("any table")?,
        }
        if let Some(stage) = self.stage {
            write!(f, ", stage {stage}")?;
        }
        if let Some(mode) = self.mode {
            write!(f, ", mode {mode}")?;
        }
        if !self.filtering_attributes.is_empty() {
            write!(f, ", columns {}", self.filtering_attributes.join(", "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_bindings_are_kept_once() {
        let binding = Binding::message("Create").entity("lead");
        assert!(std::ptr::eq(binding.interned(), { binding }.interned()));
    }

    #[test]
    fn the_order_of_columns_and_the_images_do_not_choose() {
        let one = Binding::message("Update")
            .filtering_attributes(&["a", "b"])
            .pre_image("before");
        let other = Binding::message("Update").filtering_attributes(&["b", "a"]);
        assert!(one.chooses_as(&other));
        assert!(!one.chooses_as(&Binding::message("Update")));
        assert!(!one.chooses_as(&one.stage(40)));
    }
}
