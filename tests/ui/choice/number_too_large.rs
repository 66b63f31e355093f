use listener_core::Choice;

#[derive(Choice)]
enum Status {
    #[choice(2147483648)]
    Active,
    #[choice("one")]
    Inactive,
    #[choice(unknown)]
    Other(i32),
}

fn main() {}
