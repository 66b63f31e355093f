//! Tests of the writer: record by record, on what Microsoft's serialiser wrote, and on what a machine made up.

mod bookkeeping;
mod content;
mod goldens;
mod properties;
mod records;
