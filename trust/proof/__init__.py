"""What an Ethereum block header proves: header hashes, receipts roots, Merkle proofs. No network, no database."""

from trust.proof.headers import Header
from trust.proof.receipts import Receipt, encode_receipts
from trust.proof.trie import prove, root_of, verify

__all__ = ["Header", "Receipt", "encode_receipts", "prove", "root_of", "verify"]
