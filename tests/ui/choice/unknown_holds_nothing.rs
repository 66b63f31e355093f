use listener_core::Choice;

#[derive(Choice)]
enum Status {
    #[choice(1)]
    Active,
    #[choice(unknown)]
    Other,
}

fn main() {}
