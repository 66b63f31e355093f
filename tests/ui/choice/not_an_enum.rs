use listener_core::Choice;

#[derive(Choice)]
struct Status(i32);

fn main() {}
