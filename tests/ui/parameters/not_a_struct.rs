use listener_core::Parameters;

#[derive(Parameters)]
struct Assign(String);

fn main() {}
