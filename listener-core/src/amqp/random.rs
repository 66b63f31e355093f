use uuid::Uuid;

/// A version 4 UUID of the system's random numbers.
pub(super) fn new_uuid() -> Uuid {
    use ring::rand::{SecureRandom, SystemRandom};
    let mut bytes = [0; 16];
    SystemRandom::new()
        .fill(&mut bytes)
        .expect("the system has random numbers, or TLS would not work either");
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
