use listener_core::Parameters;

struct Rights;

#[derive(Parameters)]
struct Grant {
    rights: Rights,
}

fn main() {}
