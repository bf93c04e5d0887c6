// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title ERC-5192 Minimal Soulbound NFTs
interface IERC5192 {
    /// @notice The token can't be transferred.
    event Locked(uint256 tokenId);

    /// @notice The token can be transferred. Never emitted here.
    event Unlocked(uint256 tokenId);

    /// @notice Whether the token is locked; always true here. Reverts for a token that doesn't exist.
    function locked(uint256 tokenId) external view returns (bool);
}
