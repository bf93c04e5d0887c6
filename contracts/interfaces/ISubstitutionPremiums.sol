// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPayroll} from "./IPayroll.sol";

/// @title Savings statements and substitution premiums
/// @notice premium = max(share of the savings, digital days x day rate), share and rate of the licence's version.
/// Statements are cumulative per grant; each opens a stream for what it adds.
interface ISubstitutionPremiums {
    /// @notice What the double saved in all until now, by category, in base units.
    struct Savings {
        uint64 travel;
        uint64 lodging;
        uint64 insurance;
        uint64 overtime;
        uint64 reshoots;
        uint64 other;
    }

    /// @notice One grant's part of savings that several grants share.
    struct Share {
        uint256 grantId;
        Savings savings;
    }

    /// @notice A member's agreement to a lower cumulative statement.
    struct Restatement {
        uint256 grantId;
        Savings savings;
        bytes32 evidenceHash;
        uint256 nonce;
        uint256 deadline;
    }

    /// @param premium Premium in all until now, gross.
    event SavingsStated(uint256 indexed grantId, bytes32 indexed evidenceHash, Savings savings, uint64 premium);

    /// @notice One saving was shared among these grants; their statements follow with the same evidence.
    event SavingsShared(bytes32 indexed evidenceHash, Savings total, uint256 grants);

    /// @notice The balance couldn't pay this part of a premium; it streams, or is caught up, when it can.
    event ArrearsOwed(
        uint24 indexed productionId,
        uint24 indexed memberId,
        uint256 indexed grantId,
        uint64 gross,
        uint40 start,
        uint40 end
    );
    event ArrearsCollected(uint24 indexed productionId, uint24 indexed memberId, uint256 indexed grantId, uint64 gross);

    /// @notice A restatement made this part of the arrears no longer due.
    event ArrearsForgiven(uint24 indexed productionId, uint24 indexed memberId, uint256 indexed grantId, uint64 gross);
    event FloorStarted(uint256 indexed grantId, uint64 premium);

    /// @notice `returned` gross went back; less than asked for where more was earned already.
    event SavingsRestated(
        uint256 indexed grantId, bytes32 indexed evidenceHash, Savings savings, uint64 premium, uint64 returned
    );

    /// @notice Give the hash of the evidence behind the statement.
    error MissingEvidence();

    /// @notice The statement is lower than the last one. Restate it with the member's signature.
    error LowerThanBefore(uint256 grantId, uint64 premium, uint64 before);

    /// @notice A restatement must lower the premium. File a statement to raise it.
    error NotLower(uint256 grantId, uint64 premium, uint64 before);

    /// @notice A premium may stream no longer than the member agreed to.
    error StreamTooLong(uint256 streamSeconds, uint256 longestSeconds);

    /// @notice The parts of a shared saving must sum to it, category by category.
    error SharesDontSum();

    /// @notice Name each grant once, in ascending order.
    error GrantsNotAscending(uint256 grantId);

    /// @notice The studio may still file a statement; the floor can start after that day (seconds).
    error StillFileable(uint256 grantId, uint256 until);

    /// @notice The premium of this grant has started already, or was never earned.
    error NoFloorToStart(uint256 grantId);

    /// @notice These are not the grant's live streams, oldest first. Read them from the index.
    error StreamsMismatch(uint256 grantId);

    /// @notice Files a cumulative statement. Only the production's studio.
    /// @param streamSeconds How long the added premium streams.
    function file(uint256 grantId, Savings calldata savings, bytes32 evidenceHash, uint40 streamSeconds) external;

    /// @notice Files one saving shared among several grants, each part cumulative for its grant. Only the studio.
    function fileShared(Share[] calldata shares, Savings calldata total, bytes32 evidenceHash, uint40 streamSeconds)
        external;

    /// @notice Lowers the statement, with the member's signature. Only the studio. What was earned stays paid.
    /// @param streams All live streams of the grant, oldest first, as their events gave them.
    function restate(Restatement calldata r, IPayroll.Stream[] calldata streams, bytes calldata signature) external;

    /// @notice Starts the floor of a grant for which no statement was filed in time. Anyone may call.
    function startFloor(uint256 grantId) external;

    /// @notice Pays what arrears the free balance can, oldest first, at most so many. Anyone may call.
    function collectArrears(uint24 productionId, uint256 most) external;

    /// @notice Least premium of a grant: its digital days at the day rate of the licence's version.
    function floorOf(uint256 grantId) external view returns (uint64);

    /// @notice Floor that is still reserved for a grant: until its premium starts or the floor is returned unearned.
    function floorHeld(uint256 grantId) external view returns (uint64);

    /// @notice Premium of a grant so far, gross: streamed, paid or in arrears.
    function premiumOf(uint256 grantId) external view returns (uint64);

    /// @notice Gross a production owes in arrears.
    function arrearsOf(uint24 productionId) external view returns (uint64 gross);

    /// @notice What a statement of these savings would make the premium of this grant, gross.
    function premiumFor(uint256 grantId, Savings calldata savings) external view returns (uint64);
}
