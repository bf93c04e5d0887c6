// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GrantWord} from "../lib/GrantWord.sol";
import {AssetClass, ReplicaType, UseKind} from "./Types.sol";

/// @title Usage of grants
/// @notice Keeps each grant's meter and records each use. A use costs no token transfer: it is paid out of the
/// grant's reserve and credited to the member at once.
interface IUsageLedger {
    /// @notice A grant with its meter. Times in seconds, amounts in base units.
    /// @param expires End of the window; moved forward to the moment of a revocation.
    /// @param iterationsLeft Iterations the caps still allow.
    /// @param secondsLeft Seconds of output the caps still allow.
    /// @param price One iteration, gross.
    /// @param countedLeft Part of the unused iterations' gross that counts towards the benefits ceiling.
    /// @param digitalDays Days of digital performance, the premium's floor; 0 once a floor was returned unearned.
    /// @param longestStreamWeeks Longest a premium may stream.
    /// @param closed The unused reserve went back.
    /// @param used At least one use was recorded.
    struct Grant {
        uint24 productionId;
        uint24 memberId;
        AssetClass assetClass;
        ReplicaType replicaType;
        bool revoked;
        bool closed;
        bool used;
        uint40 notBefore;
        uint40 expires;
        uint32 iterationsLeft;
        uint32 secondsLeft;
        uint64 price;
        uint64 countedLeft;
        uint16 digitalDays;
        uint16 longestStreamWeeks;
    }

    /// @notice One use. Its numbers are words because the caps bound them tighter than any type.
    /// @param usedAt When it happened, seconds.
    /// @param iterations Iterations generated; each is paid.
    /// @param outputSeconds Length of the output.
    /// @param outputHash Hash of the output.
    /// @param promptCommitment Salted hash of the prompt.
    /// @param model Hash of the model's identifier.
    struct Use {
        uint256 grantId;
        UseKind kind;
        uint256 usedAt;
        uint256 iterations;
        uint256 outputSeconds;
        bytes32 outputHash;
        bytes32 promptCommitment;
        bytes32 model;
    }

    /// @notice What the ledger knows of a production.
    /// @param reporter Primary reporter.
    /// @param cancelledAt When the production was cancelled; 0 if it wasn't.
    /// @param reportDays How long after a grant's window its uses may be reported.
    /// @param struckOnce Whether there ever was a strike, so that dates must be checked.
    /// @param haltedOnce Whether a licence was ever suspended or revoked, so that dates must be checked.
    struct Desk {
        address reporter;
        uint40 cancelledAt;
        uint16 reportDays;
        bool struckOnce;
        bool haltedOnce;
    }

    /// @notice One use. It comes often, so its small facts share a word.
    /// @param meter From the low end: kind 8 bits, usedAt 40, iterations 32, outputSeconds 32.
    event Used(uint256 indexed grantId, uint112 meter, bytes32 outputHash, bytes32 promptCommitment, bytes32 model);

    /// @notice Only the contract this step belongs to may call it. Use that contract.
    error NotTheModule(address caller);

    /// @notice Only the studio or one of its reporters may report usage. Report with their key.
    error NotAReporter(uint24 productionId, address caller);

    /// @notice There is no grant with this number. Buy the grant first.
    error NoGrant(uint256 grantId);

    /// @notice The member revoked the grant before this use. Nothing can be used under it any more.
    error GrantIsRevoked(uint256 grantId, uint256 usedAt, uint40 revokedAt);

    /// @notice The use lies outside the grant's window. Ask the member for a grant whose window covers it.
    error OutsideWindow(uint256 grantId, uint256 usedAt, uint40 notBefore, uint40 expires);

    /// @notice A use can't be dated in the future.
    error UseInTheFuture(uint256 usedAt, uint256 nowSeconds);

    /// @notice Too late to report under this grant.
    error ReportTooLate(uint256 grantId, uint256 lastDay);

    /// @notice The grant was closed with a final count.
    error GrantIsClosed(uint256 grantId);

    /// @notice The production was cancelled before this use.
    error UsedAfterCancellation(uint24 productionId, uint40 cancelledAt);

    /// @notice The union was on strike at this production at the time of this use.
    error UsedDuringStrike(uint24 productionId, uint256 usedAt);

    /// @notice A PASSIVE grant carries no new actions or lines. Ask the member for an ACTIVE grant.
    error PassiveGrant(uint256 grantId, UseKind kind);

    /// @notice More iterations than the member agreed to. Ask for a further grant.
    error IterationCapExceeded(uint256 grantId, uint256 iterations, uint256 left);

    /// @notice More seconds of output than the member agreed to. Ask for a further grant.
    error SecondsCapExceeded(uint256 grantId, uint256 outputSeconds, uint256 left);

    /// @notice A use needs at least one iteration and the hash of its output.
    error EmptyUse();

    /// @notice Too large for the ledger's books. Make it several grants.
    error TooLarge(uint256 value, uint256 most);

    /// @notice Records one use and pays for it. Only the studio or its reporters.
    function record(Use calldata use) external;

    /// @notice Records many uses; neighbours of the same grant cost least.
    function recordBatch(Use[] calldata uses) external;

    /// @notice Opens a production's desk. Only `Productions`.
    function openDesk(uint24 productionId, address reporter, uint16 reportDays) external;
    /// @notice Changes the primary reporter. Only `Productions`.
    function setReporter(uint24 productionId, address reporter) external;
    /// @notice Notes that the production is cancelled now. Only `Productions`.
    function closeDesk(uint24 productionId) external;
    /// @notice Notes that dates must be checked against strikes. Only `Productions`.
    function noteStrike(uint24 productionId) external;
    /// @notice Notes that dates must be checked against halted licences. Only `Licences`.
    function noteHalt(uint24 productionId) external;
    /// @notice Opens a grant. Only `SceneGrants`.
    function openGrant(uint256 grantId, GrantWord grant) external;
    /// @notice Ends a grant's window now. Only `SceneGrants`.
    function revokeGrant(uint256 grantId) external;
    /// @notice Clears the meter, and the floor unless kept; gives the grant as it was. Only `SceneGrants`.
    function closeGrant(uint256 grantId, bool keepsFloor) external returns (GrantWord before);

    /// @notice A grant as it stands; reverts when there is none.
    function grantOf(uint256 grantId) external view returns (Grant memory);

    /// @notice The same in one word, as contracts read it.
    function wordOf(uint256 grantId) external view returns (GrantWord);

    /// @notice What the ledger knows of a production.
    function deskOf(uint24 productionId) external view returns (Desk memory);

    /// @notice When the last day to report under the grant ends, seconds.
    function reportableUntil(uint256 grantId) external view returns (uint256);

    /// @notice Whether the grant's floor was never earned: no use, and the member revoked it or its licence in time, or the
    /// production was cancelled before the window began. Cancelling later earns a silent studio nothing.
    function endedUnused(uint256 grantId) external view returns (bool);
}
