//! Help for the tests of listeners and sources.
