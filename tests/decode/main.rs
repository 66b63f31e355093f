//! Bytes to a context: every golden, and every way in which a body can be bad.

mod bad;
mod goldens;
mod lazy;
