//! Listener applications for Dataverse.
