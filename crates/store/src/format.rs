use crate::{Header, Recorded};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The format of headers and leaves, the first field of every header.
pub const FORMAT: u16 = 1;

/// The hash of an event's header.
pub type Leaf = [u8; 32];

impl Header {
    /// The header of an event whose parts are hashed here. The stored leaf is not looked at.
    pub fn of(log: Uuid, event: &Recorded) -> Self {
        Self {
            log,
            position: event.position,
            stream: event.stream.clone(),
            version: event.version,
            kind: event.kind.clone(),
            schema: event.schema,
            recorded_at: event.recorded_at,
            payload_hash: sha256(event.payload.as_bytes()),
            sealed_hash: sha256(&event.sealed),
            metadata_hash: sha256(event.metadata.as_bytes()),
        }
    }

    /// The header as docs/log-format.md gives it: fixed fields, integers big-endian, the two texts
    /// with their length in bytes in front.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(148 + self.stream.as_str().len() + self.kind.len());
        bytes.extend_from_slice(&FORMAT.to_be_bytes());
        bytes.extend_from_slice(self.log.as_bytes());
        bytes.extend_from_slice(&self.position.to_be_bytes());
        push_text(&mut bytes, self.stream.as_str());
        bytes.extend_from_slice(&self.version.to_be_bytes());
        push_text(&mut bytes, &self.kind);
        bytes.extend_from_slice(&self.schema.to_be_bytes());
        bytes.extend_from_slice(&self.recorded_at.to_be_bytes());
        bytes.extend_from_slice(&self.payload_hash);
        bytes.extend_from_slice(&self.sealed_hash);
        bytes.extend_from_slice(&self.metadata_hash);
        bytes
    }
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// `SHA-256(0x00 || header)`, a leaf of the RFC 6962 tree.
pub fn leaf(header: &Header) -> Leaf {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(header.bytes());
    hasher.finalize().into()
}

/// The RFC 6962 Merkle tree hash of all leaves.
pub fn root(leaves: &[Leaf]) -> [u8; 32] {
    let mut builder = RootBuilder::default();
    leaves.iter().for_each(|leaf| builder.push(*leaf));
    builder.root()
}

/// Folds leaves into a root one at a time, holding one hash for each level of the tree.
#[derive(Debug, Clone, Default)]
pub struct RootBuilder {
    size: u64,
    /// Whole subtrees, the largest first: one for each bit set in `size`.
    subtrees: Vec<[u8; 32]>,
}

impl RootBuilder {
    /// Adds the next leaf.
    pub fn push(&mut self, leaf: Leaf) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            let left = self
                .subtrees
                .pop()
                .expect("there is one subtree for each bit of the size");
            hash = node(&left, &hash);
        }
        self.subtrees.push(hash);
        self.size += 1;
    }

    /// A builder as it was after so many leaves, from [`RootBuilder::subtrees`]; `None` where these
    /// are not as many as the size asks for.
    pub fn resume(size: u64, subtrees: Vec<[u8; 32]>) -> Option<Self> {
        (subtrees.len() as u32 == size.count_ones()).then_some(Self { size, subtrees })
    }

    /// The roots of the whole subtrees so far, the largest first: all that the next leaves need of
    /// those before. The sizes are the bits set in [`RootBuilder::size`].
    pub fn subtrees(&self) -> &[[u8; 32]] {
        &self.subtrees
    }

    /// How many leaves were added.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the leaves so far; of none it is the SHA-256 of the empty string.
    pub fn root(&self) -> [u8; 32] {
        let folded = self
            .subtrees
            .iter()
            .rev()
            .copied()
            .reduce(|right, left| node(&left, &right));
        folded.unwrap_or_else(|| sha256(b""))
    }
}

fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update([1]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize().into()
}

fn push_text(bytes: &mut Vec<u8>, text: &str) {
    let length = u16::try_from(text.len()).expect("Append::validate holds names under 64 KiB");
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_builder_goes_on_where_another_stood() {
        let leaves: Vec<Leaf> = (0..40_u8).map(|n| [n; 32]).collect();
        for size in 0..leaves.len() {
            let mut before = RootBuilder::default();
            leaves[..size].iter().for_each(|leaf| before.push(*leaf));
            let subtrees = before.subtrees().to_vec();
            let resumed = RootBuilder::resume(before.size(), subtrees.clone());
            let mut after = resumed.expect("they are as many as the size asks for");
            leaves[size..].iter().for_each(|leaf| after.push(*leaf));
            assert_eq!(after.root(), root(&leaves), "{size}");
        }
        assert!(RootBuilder::resume(3, vec![[0; 32]]).is_none());
    }

    /// The definition of RFC 6962, section 2.1, word for word.
    fn tree_hash(leaves: &[Leaf]) -> [u8; 32] {
        match leaves.len() {
            0 => sha256(b""),
            1 => leaves[0],
            n => {
                let split = 1 << (usize::BITS - 1 - (n - 1).leading_zeros());
                node(&tree_hash(&leaves[..split]), &tree_hash(&leaves[split..]))
            }
        }
    }

    #[test]
    fn the_incremental_root_is_the_root_of_the_definition() {
        let leaves: Vec<Leaf> = (0..200_u64).map(|n| sha256(&n.to_be_bytes())).collect();
        for size in 0..=leaves.len() {
            assert_eq!(
                root(&leaves[..size]),
                tree_hash(&leaves[..size]),
                "{size} leaves"
            );
        }
    }
}
