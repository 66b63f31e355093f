use listener_core::Choice;

#[derive(Choice)]
enum Status {
    Active,
    #[choice(2)]
    Inactive,
    #[choice(unknown)]
    Other(i32),
}

fn main() {}
