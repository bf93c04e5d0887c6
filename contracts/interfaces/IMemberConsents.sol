// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What every contract that takes a member's signature shares
/// @notice Typed data (EIP-712) with domain name "Likeness Trust", version "1", this chain and this contract. Nonces
/// are unordered: any number not yet spent will do.
interface IMemberConsents {
    /// @notice A member withdrew a consent before it was used.
    event ConsentCancelled(uint24 indexed memberId, uint256 indexed nonce);

    /// @notice The consent's deadline has passed. Ask the member for a new signature.
    error ConsentExpired(uint256 deadline, uint256 nowSeconds);

    /// @notice This consent was already used or was cancelled by the member. Ask for a new one with a fresh nonce.
    error ConsentSpent(uint24 memberId, uint256 nonce);

    /// @notice Only the member, a guardian or a delegate may do this. Send it from their key, or relay their signature.
    error NotTheMember(uint24 memberId, address caller);

    /// @notice Withdraws an unused consent for good, whatever it was for. Sent by the member, guardian or delegate, or
    /// relayed by anyone with the member's `ConsentCancellation(uint24 memberId,uint256 nonce)` signature.
    /// @param signature Empty when the caller is the member, guardian or delegate.
    function cancelConsent(uint24 memberId, uint256 nonce, bytes calldata signature) external;

    /// @notice Whether the nonce was used or cancelled.
    function consentSpent(uint24 memberId, uint256 nonce) external view returns (bool);
}
