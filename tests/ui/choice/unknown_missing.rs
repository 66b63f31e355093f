use listener_core::Choice;

#[derive(Choice)]
enum Status {
    #[choice(1)]
    Active,
    #[choice(2)]
    Inactive,
}

fn main() {}
