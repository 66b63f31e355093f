//! Numbers that go round at 2^32 (AMQP 1.0, 2.8.10; RFC 1982).

/// How far `to` lies ahead of `from`; negative if it lies behind.
pub(crate) const fn distance(from: u32, to: u32) -> i32 {
    to.wrapping_sub(from).cast_signed()
}

/// The credit left when the peer granted `credit` beyond `count`, and we have come to `ours` (AMQP 1.0, 2.6.7).
pub(crate) const fn credit_left(count: u32, credit: u32, ours: u32) -> u32 {
    // What was sent while the grant was on its way has used some of it, or more than all of it.
    let used = distance(count, ours);
    if used <= 0 {
        credit
    } else {
        credit.saturating_sub(used.unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_round() {
        assert_eq!(distance(u32::MAX, 1), 2);
        assert_eq!(distance(1, u32::MAX), -2);
    }

    #[test]
    fn credit_counts_what_was_sent_while_the_grant_was_on_its_way() {
        assert_eq!(credit_left(u32::MAX, 10, 2), 7);
        assert_eq!(credit_left(0, 10, 11), 0);
        assert_eq!(credit_left(5, 10, 5), 10);
    }
}
