// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IMemberConsents} from "../interfaces/IMemberConsents.sol";
import {IMembers} from "../interfaces/IMembers.sol";

/// @title One signature, one use, one chain, one contract
/// @dev Nonces are bits of unordered bitmaps, so consents can be collected in any order and later ones share a word.
abstract contract MemberConsents is IMemberConsents, EIP712 {
    bytes32 private constant CANCELLATION_TYPEHASH = keccak256("ConsentCancellation(uint24 memberId,uint256 nonce)");

    IMembers internal immutable MEMBERS;

    mapping(uint24 memberId => mapping(uint256 word => uint256 bits)) private _spent;

    constructor(IMembers members) EIP712("Likeness Trust", "1") {
        MEMBERS = members;
    }

    /// @inheritdoc IMemberConsents
    function cancelConsent(uint24 memberId, uint256 nonce, bytes calldata signature) external {
        _requireRevoker(memberId, keccak256(abi.encode(CANCELLATION_TYPEHASH, memberId, nonce)), signature);
        _spendNonce(memberId, nonce);
        emit ConsentCancelled(memberId, nonce);
    }

    /// @inheritdoc IMemberConsents
    function consentSpent(uint24 memberId, uint256 nonce) external view returns (bool) {
        return _spent[memberId][nonce >> 8] & (1 << (nonce & 0xff)) != 0;
    }

    /// @dev Takes a member's consent: in time, not spent, signed. Spends it.
    function _takeConsent(
        uint24 memberId,
        uint256 nonce,
        uint256 deadline,
        bytes32 structHash,
        bytes calldata signature
    ) internal {
        require(block.timestamp <= deadline, ConsentExpired(deadline, block.timestamp));
        _spendNonce(memberId, nonce);
        MEMBERS.requireSigned(memberId, _hashTypedDataV4(structHash), signature);
    }

    /// @dev What a member wishes about their own affairs: by themselves when the signature is empty, else relayed.
    function _takeWish(uint24 memberId, uint256 nonce, uint256 deadline, bytes32 structHash, bytes calldata signature)
        internal
    {
        if (signature.length > 0) return _takeConsent(memberId, nonce, deadline, structHash, signature);
        require(msg.sender == MEMBERS.signerOf(memberId), NotTheMember(memberId, msg.sender));
    }

    /// @dev Withdrawing is open to delegates and needs no nonce: done twice, it is still withdrawn.
    function _requireRevoker(uint24 memberId, bytes32 structHash, bytes calldata signature) internal view {
        if (signature.length > 0) {
            MEMBERS.requireSigned(memberId, _hashTypedDataV4(structHash), signature);
        } else {
            require(MEMBERS.mayRevoke(memberId, msg.sender), NotTheMember(memberId, msg.sender));
        }
    }

    function _spendNonce(uint24 memberId, uint256 nonce) private {
        mapping(uint256 => uint256) storage words = _spent[memberId];
        uint256 word = words[nonce >> 8];
        uint256 bit = 1 << (nonce & 0xff);
        require(word & bit == 0, ConsentSpent(memberId, nonce));
        words[nonce >> 8] = word | bit;
    }
}
