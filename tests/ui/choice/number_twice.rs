use listener_core::Choice;

#[derive(Choice)]
enum Status {
    #[choice(1)]
    Active,
    #[choice(1)]
    Inactive,
    #[choice(unknown)]
    Other(i32),
}

fn main() {}
