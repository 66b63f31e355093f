//! What the encoders write, judged by messages that Microsoft's serialisers wrote.

mod random;
mod reference;
