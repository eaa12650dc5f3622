//! Keyed digests: what the ledger keeps of a contact instead of its contents, and the marker in the mailbox.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The installation's key; it lives outside the state database.
#[derive(Clone)]
pub struct DigestKey([u8; 32]);

impl DigestKey {
    /// Takes the key's 32 bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A keyed digest over `parts`, each preceded by its length so that parts cannot run together (BLAKE3, cut to 128 bits).
    /// `purpose` keeps digests of different uses apart.
    pub fn digest<'a>(&self, purpose: &str, parts: impl IntoIterator<Item = &'a [u8]>) -> Digest {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        let mut add = |part: &[u8]| {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        };
        add(purpose.as_bytes());
        parts.into_iter().for_each(&mut add);
        let mut short = [0; 16];
        hasher.finalize_xof().fill(&mut short);
        Digest(short)
    }
}

impl fmt::Debug for DigestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DigestKey(…)")
    }
}

/// A keyed 128-bit digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Digest(pub [u8; 16]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
