//! The `listener` command.
fn main() {}
