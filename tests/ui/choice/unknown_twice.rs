use listener_core::Choice;

#[derive(Choice)]
enum Status {
    #[choice(unknown)]
    Other(i32),
    #[choice(unknown)]
    Another(i32),
}

fn main() {}
