//! Bytes to a context: every golden, and every way in which a body can be bad.

#[allow(clippy::type_complexity)]
mod bad;
mod goldens;
mod hostile;
mod lazy;
mod records;
