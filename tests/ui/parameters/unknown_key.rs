use listener_core::Parameters;

#[derive(Parameters)]
struct Assign {
    #[parameter(key = "Target")]
    row: String,
}

fn main() {}
