use listener_core::Choice;

#[derive(Choice)]
enum Status {
    #[choice(1)]
    Active(i32),
    #[choice(unknown)]
    Other(i32),
}

fn main() {}
