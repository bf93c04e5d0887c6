// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PooledConsents} from "./consents/PooledConsents.sol";
import {IPoolGrants} from "./interfaces/IPoolGrants.sol";
import {IWritersRooms} from "./interfaces/IWritersRooms.sol";
import {AssetClass, ReplicaType, SCRIPT_MODALITY} from "./interfaces/Types.sol";

/// @title Pool grants: the second opt-in of a crowd to one scene
contract PoolGrants is IPoolGrants, PooledConsents {
    bytes private constant TERMS_TYPE =
        "BackgroundTerms(uint24 productionId,bytes32 sceneHash,uint16 rateCardVersion,string description,uint8 modalities,uint64 price,uint32 maxUses,uint40 notBefore,uint40 expires,uint8 representation)";
    bytes32 private constant TERMS_TYPEHASH = keccak256(TERMS_TYPE);
    bytes32 private constant CONSENT_TYPEHASH = keccak256(
        bytes.concat(
            "BackgroundConsent(uint32 poolId,uint24 memberId,uint32 units,BackgroundTerms terms,uint256 nonce,uint256 deadline)",
            TERMS_TYPE
        )
    );

    IWritersRooms private immutable WRITERS_ROOMS;

    constructor(Modules memory modules, IWritersRooms writersRooms) PooledConsents(modules) {
        WRITERS_ROOMS = writersRooms;
    }

    /// @inheritdoc IPoolGrants
    function open(Terms calldata terms, bytes32[] calldata proof) external returns (uint32 poolId) {
        require(
            PRODUCTIONS.requireOpenScene(terms.productionId, msg.sender, terms.sceneHash, proof),
            NotInBreakdown(terms.sceneHash)
        );
        require(bytes(terms.description).length > 0, EmptyTerms());
        if (terms.modalities & SCRIPT_MODALITY != 0) WRITERS_ROOMS.requireRoom(terms.productionId);
        _checkTerm(terms.rateCardVersion, terms.modalities, terms.notBefore, terms.expires);
        _checkPrice(terms);
        poolId = _openDeal(
            Deal({
                termsHash: _termsHash(terms),
                productionId: terms.productionId,
                modalities: terms.modalities,
                price: terms.price,
                usesLeft: terms.maxUses,
                notBefore: terms.notBefore,
                expires: terms.expires,
                used: false,
                closed: false
            }),
            true
        );
        _tell(poolId, terms);
    }

    /// @inheritdoc IPoolGrants
    function use(uint32 poolId, uint32 uses, bytes32 outputHash, bytes32 promptCommitment, bytes32 model) external {
        Deal memory deal = _inForce(poolId);
        require(PRODUCTIONS.mayReport(deal.productionId, msg.sender), NotAReporter(deal.productionId, msg.sender));
        PRODUCTIONS.requireOpen(deal.productionId, PRODUCTIONS.productionOf(deal.productionId).studio);
        require(uses > 0 && outputHash != 0, EmptyUse());
        emit PoolUsed(poolId, uses, outputHash, promptCommitment, model);
        _use(poolId, deal, uses);
    }

    function _consentTypehash() internal pure override returns (bytes32) {
        return CONSENT_TYPEHASH;
    }

    /// @dev A use is a scene and an iteration of it: of a background replica, by consent for each.
    function _checkPrice(Terms calldata t) private view {
        (uint64 sceneFee, uint64 iterationFee,) =
            RATE_CARD.sceneTerms(t.rateCardVersion, t.modalities, AssetClass.PASSIVE, ReplicaType.BACKGROUND);
        require(t.price >= sceneFee + iterationFee, PriceTooLow(t.price, sceneFee + iterationFee));
    }

    function _termsHash(Terms calldata t) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                TERMS_TYPEHASH,
                t.productionId,
                t.sceneHash,
                t.rateCardVersion,
                keccak256(bytes(t.description)),
                t.modalities,
                t.price,
                t.maxUses,
                t.notBefore,
                t.expires,
                t.representation
            )
        );
    }

    function _tell(uint32 poolId, Terms calldata t) private {
        emit PoolGranted(
            poolId,
            t.productionId,
            t.sceneHash,
            keccak256(bytes(t.description)),
            t.rateCardVersion,
            t.modalities,
            t.price,
            t.maxUses,
            t.notBefore,
            t.expires,
            t.representation
        );
    }
}
