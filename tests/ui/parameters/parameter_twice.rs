use listener_core::Parameters;

#[derive(Parameters)]
struct Assign {
    target: String,
    #[parameter("Target")]
    row: String,
}

fn main() {}
