mod acting;
mod correlating;
mod evaluating;
mod generating;
mod message;
mod parsing;
