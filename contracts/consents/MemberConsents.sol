// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IMembers} from "../interfaces/IMembers.sol";

/// @title One signature, one use, one chain, one contract
/// @dev Typed data (EIP-712) with domain name "Likeness Trust", version "1", this chain and the contract that takes it.
/// `Members` knows whose signature binds, and keeps which nonces are spent.
abstract contract MemberConsents is EIP712 {
    IMembers internal immutable MEMBERS;

    constructor(IMembers members) EIP712("Likeness Trust", "1") {
        MEMBERS = members;
    }

    /// @dev Takes a member's consent: in time, not spent, signed. Spends it.
    function _takeConsent(
        uint24 memberId,
        uint256 nonce,
        uint256 deadline,
        bytes32 structHash,
        bytes calldata signature
    ) internal {
        MEMBERS.takeConsent(memberId, nonce, deadline, _hashTypedDataV4(structHash), signature);
    }

    /// @dev Reverts unless the caller may revoke for the member, or relays the member's signature.
    function _requireRevoker(uint24 memberId, bytes32 structHash, bytes calldata signature) internal view {
        MEMBERS.requireRevoker(memberId, msg.sender, _hashTypedDataV4(structHash), signature);
    }
}
