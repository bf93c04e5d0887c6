// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Modality, Representation} from "./Types.sol";

/// @title Pooled records and the first opt-in
/// @notice Salted commitments to what the vault holds, one modality each. A record enters only with the member's
/// `ScanConsent`.
interface IRecords {
    /// @notice First opt-in: be scanned.
    /// @param productionId Scope: records serve this production only; 0 is the pool, open to every production.
    /// @param modalities Bit mask of what may be recorded.
    /// @param description Plain words, ending in a random reference; only its hash is kept.
    /// @param noticeWaived Whether the member waives the notice before the scan.
    struct ScanConsent {
        uint24 memberId;
        uint24 productionId;
        uint8 modalities;
        string description;
        bool noticeWaived;
        Representation representation;
        uint256 nonce;
        uint256 deadline;
    }

    /// @notice A record as it is pooled: its modality and the salted commitment to its encrypted content.
    struct Deposit {
        Modality modality;
        bytes32 commitment;
    }

    event NoticeGiven(uint24 indexed memberId, uint24 indexed productionId, uint8 modalities, address giver);
    event ScanConsented(
        uint24 indexed memberId,
        uint24 indexed productionId,
        uint8 modalities,
        bytes32 descriptionHash,
        bool noticeWaived,
        Representation representation,
        uint256 nonce
    );
    event RecordPooled(
        uint256 indexed recordId,
        uint24 indexed memberId,
        uint24 indexed productionId,
        Modality modality,
        bytes32 commitment
    );
    event RecordErased(uint256 indexed recordId, uint24 indexed memberId);

    /// @notice The notice before the scan has not been given or has not run out. Give notice, wait, or have the consent
    /// waive it.
    error NoticeTooShort(uint256 givenAt, uint256 needed);

    /// @notice The record's modality is not in the scan consent. Ask the member for a consent that names it.
    error ModalityNotConsented(Modality modality, uint8 consented);

    /// @notice No modality, or one that doesn't exist. Use a mask of bits 0 to 5.
    error BadModalities(uint8 modalities);

    /// @notice Nothing to pool. Give at least one record with a commitment.
    error NothingToPool();

    /// @notice There is no such record, or it was erased.
    error NoSuchRecord(uint256 recordId);

    /// @notice Only the member, a guardian, a delegate or the custodian may erase a record.
    error NotYourRecord(uint256 recordId, address caller);

    /// @notice Starts the clock of the notice before a scan. Only the production's studio, or for the pool (0) the
    /// custodian.
    function giveNotice(uint24 memberId, uint24 productionId, uint8 modalities) external;

    /// @notice Pools records under a scan consent. Only the custodian of the vault.
    function pool(ScanConsent calldata consent, Deposit[] calldata deposits, bytes calldata signature)
        external
        returns (uint256 firstRecordId);

    /// @notice Marks a record erased: its keys are destroyed, and no new licence can rest on it. By the member, guardian
    /// or delegate, relayed with an `Erasure(uint256 recordId)` signature, or by the custodian.
    function erase(uint256 recordId, bytes calldata signature) external;

    /// @notice Whether records of all these modalities exist that this production may use.
    function covers(uint24 memberId, uint24 productionId, uint8 modalities) external view returns (bool);

    /// @notice Owner, scope and state of a record.
    function recordOf(uint256 recordId)
        external
        view
        returns (uint24 memberId, uint24 productionId, Modality modality, bool erased);

    /// @notice How many records were pooled; numbers run from 1.
    function lastRecordId() external view returns (uint256);
}
