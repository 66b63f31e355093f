//! What the encoders write, judged by messages that Microsoft's serialisers wrote.

mod changed;
mod formats;
mod golden;
mod random;
mod rebuild;
mod reference;
