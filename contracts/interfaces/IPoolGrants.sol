// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPooledConsents} from "./IPooledConsents.sol";
import {Representation} from "./Types.sol";

/// @title Pool grants: the second opt-in of a crowd to one scene
/// @notice A background replica is used by consent for each scene; each member of the crowd gives it by
/// `BackgroundConsent`, over terms that are the same for all.
interface IPoolGrants is IPooledConsents {
    /// @notice What everyone in the crowd agrees to.
    /// @param sceneHash Leaf of the production's breakdown.
    /// @param description Plain words for the member's wallet, ending in a random reference; the chain keeps the hash.
    /// @param price One use of the scene, gross, a unit.
    /// @param maxUses Most uses.
    struct Terms {
        uint24 productionId;
        bytes32 sceneHash;
        uint16 rateCardVersion;
        string description;
        uint8 modalities;
        uint64 price;
        uint32 maxUses;
        uint40 notBefore;
        uint40 expires;
        Representation representation;
    }

    event PoolGranted(
        uint32 indexed poolId,
        uint24 indexed productionId,
        bytes32 indexed sceneHash,
        bytes32 descriptionHash,
        uint16 rateCardVersion,
        uint8 modalities,
        uint64 price,
        uint32 maxUses,
        uint40 notBefore,
        uint40 expires,
        Representation representation
    );

    /// @notice The crowd was used now.
    event PoolUsed(uint32 indexed poolId, uint32 uses, bytes32 outputHash, bytes32 promptCommitment, bytes32 model);

    /// @notice The scene isn't in the production's breakdown.
    error NotInBreakdown(bytes32 sceneHash);

    /// @notice Only the studio and its reporters may report usage.
    error NotAReporter(uint24 productionId, address caller);

    /// @notice A use needs a count and the hash of what came out.
    error EmptyUse();

    /// @notice States the terms and opens their pool. Only the production's studio.
    function open(Terms calldata terms, bytes32[] calldata proof) external returns (uint32 poolId);

    /// @notice Records uses of the whole crowd as they are made, and pays for them from the reserve. Only the studio
    /// and its reporters.
    function use(uint32 poolId, uint32 uses, bytes32 outputHash, bytes32 promptCommitment, bytes32 model) external;
}
