//! Azure and Dataverse on loopback: what a listener application talks to, without either.
//!
//! [`poster`] posts an execution context as Dataverse's webhook poster does.

pub mod poster;
