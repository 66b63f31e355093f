//! What is told of a run: to people, and to the gate.

pub(crate) use tests::report::count;

use crate::peer::Peer;

/// Whether a peer is there. If not, its checks count as skipped, and the gate does not let that pass.
pub(crate) fn is_there(peer: Peer, checks: usize) -> bool {
    if !peer.is_installed() {
        tests::report::skip(&format!("{peer:?}"), checks);
        return false;
    }
    true
}
