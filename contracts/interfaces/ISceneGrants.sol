// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AssetClass, ReplicaType, Representation} from "./Types.sol";

/// @title Scene grants and the second opt-in
/// @notice A grant allows the use of a member's replica in one scene of the production's breakdown. It needs the
/// member's `SceneConsent` over every field below, and reserves its full cost.
interface ISceneGrants {
    /// @notice What the member signs: `SceneConsent`. Amounts in base units, times in seconds.
    /// @param rateCardVersion The licence's.
    /// @param sceneHash Leaf of the production's breakdown.
    /// @param description Plain words, ending in a random reference; only its hash is kept.
    /// @param maxSpend Most the fee and all iterations may cost, gross.
    /// @param digitalDays Days of digital performance: the premium is at least so many day rates.
    /// @param longestStreamWeeks Longest a premium may take to stream.
    /// @param fee Paid at once, at least the rate card's.
    /// @param iterationFee Paid per iteration, at least the rate card's.
    struct SceneConsent {
        uint256 licenceId;
        bytes32 sceneHash;
        uint16 rateCardVersion;
        string description;
        AssetClass assetClass;
        ReplicaType replicaType;
        uint32 maxIterations;
        uint32 maxSeconds;
        uint64 maxSpend;
        uint16 digitalDays;
        uint16 longestStreamWeeks;
        uint40 notBefore;
        uint40 expires;
        uint64 fee;
        uint64 iterationFee;
        Representation representation;
        uint256 nonce;
        uint256 deadline;
    }

    /// @notice The terms of a grant as its event keeps them: the consent, with the description's hash in its place.
    struct Terms {
        uint16 rateCardVersion;
        bytes32 descriptionHash;
        AssetClass assetClass;
        ReplicaType replicaType;
        uint32 maxIterations;
        uint32 maxSeconds;
        uint64 maxSpend;
        uint16 digitalDays;
        uint16 longestStreamWeeks;
        uint40 notBefore;
        uint40 expires;
        uint64 fee;
        uint64 iterationFee;
        Representation representation;
        uint256 nonce;
    }

    event SceneGranted(uint256 indexed grantId, uint256 indexed licenceId, bytes32 indexed sceneHash, Terms terms);
    event GrantRevoked(uint256 indexed grantId, uint24 indexed memberId);

    /// @notice The studio's final count: `unusedIterations` went back, and the floor too if it was never earned.
    event GrantClosed(uint256 indexed grantId, uint32 unusedIterations, bool floorReturned);

    /// @notice The consent names another rate card version than the licence keeps. Sign again with the licence's.
    error WrongRateCard(uint16 consented, uint16 licences);

    /// @notice The scene isn't in the production's breakdown. Register the current breakdown, or give the right proof.
    error NotInBreakdown(bytes32 sceneHash);

    /// @notice The window must lie inside the licence's term and end after now. Correct the dates, or extend.
    error OutsideLicence(uint40 notBefore, uint40 expires, uint40 licenceStarts, uint40 licenceExpires);

    /// @notice The fee is under the rate card's. Offer at least what it says.
    error FeeTooLow(uint64 offered, uint64 least);

    /// @notice The fee and all iterations cost more than the member agreed to. Lower the caps, or ask for more.
    error SpendCapExceeded(uint256 cost, uint64 maxSpend);

    /// @notice A grant needs at least one iteration, one second, one digital day and one week to stream.
    error EmptyCaps();

    /// @notice The grant was revoked already.
    error AlreadyRevoked(uint256 grantId);

    /// @notice The grant's window is over; nothing is left to revoke.
    error GrantIsOver(uint256 grantId, uint256 expires);

    /// @notice Uses may still be reported; close the grant after that day (seconds).
    error StillReportable(uint256 grantId, uint256 until);

    /// @notice The final count must state the iterations that were not used. Correct it, or report what is missing.
    error FinalCountMismatch(uint256 grantId, uint32 stated, uint32 unused);

    /// @notice The final count isn't signed by the production's studio.
    error NotTheStudiosCount(uint256 grantId);

    /// @notice Buys a grant. Only the production's studio.
    /// @param proof Merkle proof that the scene is in the production's breakdown.
    /// @param signature The member's over `consent`.
    function grant(SceneConsent calldata consent, bytes32[] calldata proof, bytes calldata signature)
        external
        returns (uint256 grantId);

    /// @notice Ends a grant from now on. By the member, guardian or delegate, or relayed with a
    /// `GrantRevocation(uint256 grantId)` signature. What was used stays paid.
    function revoke(uint256 grantId, bytes calldata signature) external;

    /// @notice Returns the unearned reserve when no more use can be reported. By the studio, or relayed with its
    /// `FinalCount(uint256 grantId,uint32 unusedIterations)` signature.
    function close(uint256 grantId, uint32 unusedIterations, bytes calldata signature) external;

    /// @notice How many grants were made; numbers run from 1.
    function lastGrantId() external view returns (uint256);
}
