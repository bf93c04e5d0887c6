// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPooledConsents} from "./IPooledConsents.sol";

/// @title Collective licences: many members' records for one training run
/// @notice Each member gives their own `CollectiveTrainingConsent`. The run pays all of them, by units.
interface ICollectiveLicences is IPooledConsents {
    /// @notice What every member agrees to: one training run for one production.
    /// @param description Plain words for the member's wallet, ending in a random reference; the chain keeps the hash.
    /// @param price The run, gross, a unit.
    struct Terms {
        uint24 productionId;
        uint16 rateCardVersion;
        string description;
        uint8 modalities;
        uint64 price;
        uint40 notBefore;
        uint40 expires;
    }

    event CollectiveLicenceOpened(
        uint32 indexed poolId,
        uint24 indexed productionId,
        bytes32 descriptionHash,
        uint16 rateCardVersion,
        uint8 modalities,
        uint64 price,
        uint40 notBefore,
        uint40 expires
    );
    event CollectiveRunRecorded(uint32 indexed poolId, bytes32 datasetRoot, bytes32 modelHash);
    event CollectiveModelRetired(uint32 indexed poolId, bytes32 evidenceHash);

    /// @notice A hash is missing. Give it.
    error MissingHash();

    /// @notice No run of this licence waits for its model's retirement.
    error NoOpenRun(uint32 poolId);

    /// @notice States the terms and opens their pool. Only the production's studio.
    function open(Terms calldata terms) external returns (uint32 poolId);

    /// @notice Records the one training run on the records of all who signed, and pays them. Only the studio.
    /// @param datasetRoot Merkle root over what went in.
    function recordTrainingRun(uint32 poolId, bytes32 datasetRoot, bytes32 modelHash) external;

    /// @notice Attests that the model is retired, as it must be when the production ends. Only the studio.
    function attestRetirement(uint32 poolId, bytes32 evidenceHash) external;

    /// @notice The model trained and not yet retired; zero when there is none.
    function openRun(uint32 poolId) external view returns (bytes32 modelHash);
}
