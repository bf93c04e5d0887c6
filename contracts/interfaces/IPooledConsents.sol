// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnsemblePools} from "./IEnsemblePools.sol";

/// @title Many members' consents to the same terms, paid through one ensemble pool
/// @notice The studio states the terms once; each member signs them, with units of their own. Signatures are collected
/// off chain and submitted in as many transactions as needed. Only who has signed is seated, is used, and is paid. What
/// all signed uses can cost is reserved as members are seated. A use is recorded when it is made, and pays all who are
/// seated then: `price` a unit. If none is made after the last signature, one is paid all the same.
///
/// The number of the terms is the number of their pool.
interface IPooledConsents {
    /// @notice A member's signature under the terms.
    struct Signer {
        uint24 memberId;
        uint32 units;
        uint256 nonce;
        uint256 deadline;
        bytes signature;
    }

    /// @notice What is left of the terms.
    /// @param termsHash Their EIP-712 struct hash, which every member signs.
    /// @param price One use, gross, a unit.
    /// @param used Whether a use was made since the last signature.
    struct Deal {
        bytes32 termsHash;
        uint24 productionId;
        uint8 modalities;
        uint64 price;
        uint32 usesLeft;
        uint40 notBefore;
        uint40 expires;
        bool used;
        bool closed;
    }

    event PoolConsented(uint32 indexed poolId, uint24 indexed memberId, uint32 units, uint256 nonce);
    event PoolConsentRevoked(uint32 indexed poolId, uint24 indexed memberId, uint32 units);

    /// @notice Nothing can be used any more. `unused` tells that no use was made since the last signature, and one was
    /// paid.
    event PoolDealClosed(uint32 indexed poolId, bool unused);

    /// @notice There are no such terms here. Open them first.
    error NoDeal(uint32 poolId);

    /// @notice This member has signed these terms before; who revoked can't return to them.
    error AlreadySigned(uint32 poolId, uint24 memberId);

    /// @notice Nobody signed. Give at least one signature.
    error NoSigners();

    /// @notice The terms are not in force at this time.
    error OutsideWindow(uint32 poolId, uint40 notBefore, uint40 expires);

    /// @notice No more uses were agreed than these.
    error UsesExceeded(uint32 poolId, uint32 uses, uint32 usesLeft);

    /// @notice The terms are closed.
    error DealIsClosed(uint32 poolId);

    /// @notice The terms still run, and the production too. Close them afterwards.
    error StillInForce(uint32 poolId, uint40 expires);

    /// @notice The price is below the rate card's.
    error PriceTooLow(uint64 offered, uint64 least);

    /// @notice The window must lie in the production's schedule and end in the future.
    error OutsideSchedule(uint40 notBefore, uint40 expires, uint40 scheduleStarts, uint40 scheduleEnds);

    /// @notice The window is longer than the rate card allows for anybody, minors included.
    error TermTooLong(uint256 termSeconds, uint256 longestSeconds);

    /// @notice Terms name at least one modality, one use and a description.
    error EmptyTerms();

    /// @notice No records of all these modalities are pooled that this production may use.
    error RecordsMissing(uint24 memberId, uint8 modalities);

    /// @notice Seats members who signed, as one chunk of the pool, and reserves what their uses can cost. Members
    /// ascend. Only the production's studio.
    function sign(uint32 poolId, Signer[] calldata signers) external;

    /// @notice Pays a member's seat and takes it out of the pool: no later use covers them. By the member, guardian or
    /// delegate, or relayed with a `PoolRevocation(uint32 poolId,uint24 memberId)` signature.
    /// @param position The member's in the chunk's roster.
    function revoke(IEnsemblePools.Chunk calldata chunk, uint16 position, bytes calldata signature) external;

    /// @notice Ends terms that have run out, or whose production was cancelled, and frees what is reserved. By anyone.
    function close(uint32 poolId) external;

    /// @notice What is left of these terms.
    function dealOf(uint32 poolId) external view returns (Deal memory);

    /// @notice Whether the member signed these terms, and has not revoked.
    function hasSigned(uint32 poolId, uint24 memberId) external view returns (bool);
}
