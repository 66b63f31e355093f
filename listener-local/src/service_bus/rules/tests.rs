mod evaluating;
mod message;
mod parsing;
