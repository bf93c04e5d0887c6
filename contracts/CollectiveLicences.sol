// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PooledConsents} from "./consents/PooledConsents.sol";
import {ICollectiveLicences} from "./interfaces/ICollectiveLicences.sol";

/// @title Collective licences: many members' records for one training run
contract CollectiveLicences is ICollectiveLicences, PooledConsents {
    bytes private constant TERMS_TYPE =
        "CollectiveTerms(uint24 productionId,uint16 rateCardVersion,string description,uint8 modalities,uint64 price,uint40 notBefore,uint40 expires)";
    bytes32 private constant TERMS_TYPEHASH = keccak256(TERMS_TYPE);
    bytes32 private constant CONSENT_TYPEHASH = keccak256(
        bytes.concat(
            "CollectiveTrainingConsent(uint32 poolId,uint24 memberId,uint32 units,CollectiveTerms terms,uint256 nonce,uint256 deadline)",
            TERMS_TYPE
        )
    );

    /// @inheritdoc ICollectiveLicences
    mapping(uint32 poolId => bytes32 modelHash) public openRun;

    constructor(Modules memory modules) PooledConsents(modules) {}

    /// @inheritdoc ICollectiveLicences
    function open(Terms calldata terms) external returns (uint32 poolId) {
        require(bytes(terms.description).length > 0, EmptyTerms());
        uint64 least = _checkTerm(terms.rateCardVersion, terms.modalities, terms.notBefore, terms.expires);
        require(terms.price >= least, PriceTooLow(terms.price, least));
        bytes32 descriptionHash = keccak256(bytes(terms.description));
        poolId = _openDeal(
            Deal({
                termsHash: _termsHash(terms, descriptionHash),
                productionId: terms.productionId,
                modalities: terms.modalities,
                price: terms.price,
                usesLeft: 1,
                notBefore: terms.notBefore,
                expires: terms.expires,
                used: false,
                closed: false
            }),
            false
        );
        emit CollectiveLicenceOpened(
            poolId,
            terms.productionId,
            descriptionHash,
            terms.rateCardVersion,
            terms.modalities,
            terms.price,
            terms.notBefore,
            terms.expires
        );
    }

    /// @inheritdoc ICollectiveLicences
    function recordTrainingRun(uint32 poolId, bytes32 datasetRoot, bytes32 modelHash) external {
        Deal memory deal = _inForce(poolId);
        PRODUCTIONS.requireOpen(deal.productionId, msg.sender);
        require(datasetRoot != 0 && modelHash != 0, MissingHash());
        openRun[poolId] = modelHash;
        emit CollectiveRunRecorded(poolId, datasetRoot, modelHash);
        _use(poolId, deal, 1);
    }

    /// @inheritdoc ICollectiveLicences
    function attestRetirement(uint32 poolId, bytes32 evidenceHash) external {
        require(openRun[poolId] != 0, NoOpenRun(poolId));
        PRODUCTIONS.requireStudio(_deals[poolId].productionId, msg.sender);
        require(evidenceHash != 0, MissingHash());
        delete openRun[poolId];
        emit CollectiveModelRetired(poolId, evidenceHash);
    }

    function _consentTypehash() internal pure override returns (bytes32) {
        return CONSENT_TYPEHASH;
    }

    function _termsHash(Terms calldata t, bytes32 descriptionHash) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                TERMS_TYPEHASH,
                t.productionId,
                t.rateCardVersion,
                descriptionHash,
                t.modalities,
                t.price,
                t.notBefore,
                t.expires
            )
        );
    }
}
