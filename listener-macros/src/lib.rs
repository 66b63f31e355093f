//! The macros of `listener-core`.
