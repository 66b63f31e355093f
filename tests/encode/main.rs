//! What the encoders write, judged by messages that Microsoft's serialisers wrote.

mod changed;
mod golden;
mod random;
mod rebuild;
mod reference;
