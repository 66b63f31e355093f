use listener_core::Choice;

#[derive(Choice)]
#[repr(i32)]
enum Status {
    #[choice(1)]
    Active = 2,
    #[choice(unknown)]
    Other(i32),
}

fn main() {}
