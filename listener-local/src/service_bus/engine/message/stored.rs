use super::{Message, wire::put_section};

impl Message {
    /// The message as its sender wrote it, with the id that it was given: what [`parse`](Self::parse) reads back.
    pub(in crate::service_bus::engine) fn stored(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.size() + 48);
        self.put_own_header(&mut out, self.facts.ttl);
        put_section(
            &mut out,
            0x72,
            0xd1,
            self.annotation_count,
            &self.annotations,
        );
        out.extend_from_slice(&self.bare);
        out
    }
}
