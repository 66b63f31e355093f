mod acting;
mod correlating;
mod evaluating;
mod message;
mod parsing;
