// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Licences: one production's right to one member's records
/// @notice A soulbound token (ERC-721 with ERC-5192) held by the studio, numbered by production and member. It keeps
/// the rate card version it was bought under and its own end.
interface ILicences {
    enum State {
        NONE,
        ACTIVE,
        NOT_YET,
        EXPIRED,
        SUSPENDED,
        REVOKED,
        PRODUCTION_CANCELLED
    }

    /// @notice What the studio wants.
    /// @param termsHash Hash of the written terms.
    /// @param rateCardVersion Must be the version in effect, so that the price is the one the studio saw.
    /// @param licenceFee At least the rate card's for these modalities.
    /// @param trainingFee At least the rate card's when `training`; else 0.
    /// @param maxSyntheticDepth Deepest dataset a training run may use; 65535 for no cap, and without `training`.
    struct Order {
        uint24 productionId;
        uint24 memberId;
        uint8 modalities;
        bool training;
        uint40 starts;
        uint40 expires;
        bytes32 termsHash;
        uint16 rateCardVersion;
        uint64 licenceFee;
        uint64 trainingFee;
        uint16 maxSyntheticDepth;
    }

    /// @notice Consent to train one production's models on the member's records, until the licence ends.
    /// @param maxSyntheticDepth Deepest dataset a run may use: machine generations on the longest path; 65535 for no cap.
    /// @param description Plain words, ending in a random reference; only its hash is kept.
    struct TrainingConsent {
        uint24 productionId;
        uint24 memberId;
        uint8 modalities;
        uint40 expires;
        uint16 rateCardVersion;
        uint64 trainingFee;
        uint16 maxSyntheticDepth;
        string description;
        uint256 nonce;
        uint256 deadline;
    }

    /// @notice Consent to a later end of the same licence, for a fee.
    struct Extension {
        uint256 licenceId;
        uint40 expires;
        uint64 fee;
        uint256 nonce;
        uint256 deadline;
    }

    /// @param trainingUntil End of the training right, as its consent says; 0 without one. An extension doesn't move it.
    /// @param maxSyntheticDepth Deepest dataset a training run may use; 65535 for no cap.
    struct Licence {
        uint16 rateCardVersion;
        uint8 modalities;
        uint40 trainingUntil;
        uint40 starts;
        uint40 expires;
        uint40 suspendedAt;
        uint40 revokedAt;
        uint16 trainingRuns;
        uint16 maxSyntheticDepth;
    }

    event LicenceGranted(
        uint256 indexed licenceId,
        uint24 indexed productionId,
        uint24 indexed memberId,
        uint8 modalities,
        bool training,
        uint40 starts,
        uint40 expires,
        bytes32 termsHash,
        uint16 rateCardVersion,
        uint64 licenceFee,
        uint64 trainingFee
    );

    /// @notice The deepest data set that training runs of a new licence may use. Without this event there is no cap.
    event SyntheticDepthCapped(uint256 indexed licenceId, uint16 maxSyntheticDepth);
    event TrainingConsented(uint256 indexed licenceId, bytes32 descriptionHash, uint256 nonce);
    event LicenceExtended(uint256 indexed licenceId, uint40 expires, uint64 fee);
    event LicenceRevoked(uint256 indexed licenceId);
    event LicenceSuspended(uint256 indexed licenceId, bytes32 reasonHash);
    event LicenceReinstated(uint256 indexed licenceId);
    event TrainingRunRecorded(uint256 indexed licenceId, uint16 indexed run, bytes32 datasetRoot, bytes32 modelHash);
    event ModelRetired(uint256 indexed licenceId, uint16 indexed run, bytes32 evidenceHash);

    /// @notice A licence stays with its production. Buy one for the other production.
    error Soulbound(uint256 tokenId);

    /// @notice The production already has a licence of this member. Extend it with the member's signature.
    error LicenceExists(uint256 licenceId);

    /// @notice There is no licence with this number. Buy it first.
    error NoLicence(uint256 licenceId);

    /// @notice The licence has not begun. Wait until the time given (seconds).
    error LicenceNotYet(uint256 licenceId, uint40 starts);

    /// @notice The licence has ended. Extend it with the member's signature.
    error LicenceExpired(uint256 licenceId, uint40 expires);

    /// @notice The member revoked the licence. Nothing can bring it back.
    error LicenceIsRevoked(uint256 licenceId, uint40 revokedAt);

    /// @notice The steward suspended the licence. Settle the matter with the union first.
    error LicenceIsSuspended(uint256 licenceId, uint40 suspendedAt);

    /// @notice The licence is not suspended.
    error NotSuspended(uint256 licenceId);

    /// @notice No records of these modalities that this production may use. Have the member scanned, with a consent
    /// whose scope is the pool or this production.
    error RecordsMissing(uint24 memberId, uint8 modalities);

    /// @notice No modality, or one that doesn't exist. Use a mask of bits 0 to 5.
    error BadModalities(uint8 modalities);

    /// @notice The fee is under the rate card's. Offer at least what it says.
    error FeeTooLow(uint64 offered, uint64 least);

    /// @notice A licence runs inside the production's schedule and ends after now. Correct the dates, or reschedule.
    error OutsideSchedule(uint40 starts, uint40 expires, uint40 scheduleStarts, uint40 scheduleEnds);

    /// @notice The term is longer than the rate card allows for this member. Shorten it.
    error TermTooLong(uint256 termSeconds, uint256 longestSeconds);

    /// @notice The training consent must be there exactly when the order asks for training, and match it.
    error TrainingConsentMismatch();

    /// @notice An extension must end later than the licence does.
    error NotLater(uint40 expires, uint40 current);

    /// @notice The training right ended at the time given (seconds); an extension doesn't prolong it.
    error TrainingRightEnded(uint256 licenceId, uint40 trainingUntil);

    /// @notice The dataset is deeper than the member allowed, or not proven (65535). Bundle it in `Provenance`, with all its
    /// leaves and their parents proven, and leave out what is over the cap.
    error DepthCapExceeded(uint256 licenceId, uint16 depth, uint16 cap);

    /// @notice The licence carries no training right. Buy one with a training consent.
    error NoTrainingRight(uint256 licenceId);

    /// @notice There is no such training run, or its model's retirement was already attested.
    error NoOpenRun(uint256 licenceId, uint16 run);

    /// @notice Give the hash this step is about.
    error MissingHash();

    /// @notice Buys a licence. Only the production's studio. The scan consent behind the records is the member's
    /// agreement; a training right needs its own.
    /// @param consent Ignored unless the order asks for training.
    /// @param signature The member's over `consent`; empty without training.
    function buy(Order calldata order, TrainingConsent calldata consent, bytes calldata signature)
        external
        returns (uint256 licenceId);

    /// @notice Moves a licence's end, inside the production's present schedule, with the member's signature. The rate
    /// card version stays.
    function extend(Extension calldata extension, bytes calldata signature) external;

    /// @notice Ends a licence for good. By the member, guardian or delegate, or relayed with a
    /// `LicenceRevocation(uint256 licenceId)` signature. What was earned stays owed.
    function revoke(uint256 licenceId, bytes calldata signature) external;

    /// @notice Suspends a licence. Only the steward.
    function suspend(uint256 licenceId, bytes32 reasonHash) external;

    /// @notice Ends a suspension. Only the steward.
    function reinstate(uint256 licenceId) external;

    /// @notice Records that a model was trained under the licence. Only the studio, while the licence is active.
    function recordTrainingRun(uint256 licenceId, bytes32 datasetRoot, bytes32 modelHash) external returns (uint16 run);

    /// @notice Attests that a model was retired. Only the studio, at any time.
    function attestRetirement(uint256 licenceId, uint16 run, bytes32 evidenceHash) external;

    /// @notice Reverts with the reason unless the licence is active now. Doesn't look at the production.
    /// @return rateCardVersion The version it keeps.
    /// @return modalities Bit mask.
    /// @return starts First second.
    /// @return expires The second after the last.
    function requireActive(uint256 licenceId)
        external
        view
        returns (uint16 rateCardVersion, uint8 modalities, uint40 starts, uint40 expires);

    /// @notice Reverts with the reason when the licence was revoked or suspended at the time given (seconds).
    function requireNotHaltedAt(uint256 licenceId, uint256 time) external view;

    /// @notice State now, with the production's.
    function stateOf(uint256 licenceId) external view returns (State);

    /// @notice The licence as it stands.
    function licenceOf(uint256 licenceId) external view returns (Licence memory);

    /// @notice Hash of the model of a run whose retirement is not yet attested; 0 else.
    function openRun(uint256 licenceId, uint16 run) external view returns (bytes32 modelHash);
}
