// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {MemberConsents} from "./consents/MemberConsents.sol";
import {ILicences} from "./interfaces/ILicences.sol";
import {IMembers} from "./interfaces/IMembers.sol";
import {IPayroll} from "./interfaces/IPayroll.sol";
import {IProductions} from "./interfaces/IProductions.sol";
import {IRateCard} from "./interfaces/IRateCard.sol";
import {ISceneGrants} from "./interfaces/ISceneGrants.sol";
import {ISubstitutionPremiums} from "./interfaces/ISubstitutionPremiums.sol";
import {IUsageLedger} from "./interfaces/IUsageLedger.sol";
import {ReplicaType, licenceParts} from "./interfaces/Types.sol";

/// @title Scene grants and the second opt-in
contract SceneGrants is ISceneGrants, MemberConsents {
    bytes32 private constant SCENE_CONSENT_TYPEHASH = keccak256(
        "SceneConsent(uint256 licenceId,uint16 rateCardVersion,bytes32 sceneHash,string description,uint8 assetClass,uint8 replicaType,uint32 maxIterations,uint32 maxSeconds,uint64 maxSpend,uint16 digitalDays,uint16 longestStreamWeeks,uint40 notBefore,uint40 expires,uint64 fee,uint64 iterationFee,uint8 representation,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant REVOCATION_TYPEHASH = keccak256("GrantRevocation(uint256 grantId)");
    bytes32 private constant FINAL_COUNT_TYPEHASH = keccak256("FinalCount(uint256 grantId,uint32 unusedIterations)");

    struct Modules {
        IMembers members;
        IRateCard rateCard;
        IProductions productions;
        ILicences licences;
        IUsageLedger ledger;
        IPayroll payroll;
        ISubstitutionPremiums premiums;
    }

    IRateCard private immutable RATE_CARD;
    IProductions private immutable PRODUCTIONS;
    ILicences private immutable LICENCES;
    IUsageLedger private immutable LEDGER;
    IPayroll private immutable PAYROLL;
    ISubstitutionPremiums private immutable PREMIUMS;

    /// @inheritdoc ISceneGrants
    uint256 public lastGrantId;

    mapping(uint256 grantId => bool) private _floorReturned;

    constructor(Modules memory modules) MemberConsents(modules.members) {
        RATE_CARD = modules.rateCard;
        PRODUCTIONS = modules.productions;
        LICENCES = modules.licences;
        LEDGER = modules.ledger;
        PAYROLL = modules.payroll;
        PREMIUMS = modules.premiums;
    }

    /// @inheritdoc ISceneGrants
    function grant(SceneConsent calldata consent, bytes32[] calldata proof, bytes calldata signature)
        external
        returns (uint256 grantId)
    {
        (uint24 productionId, uint24 memberId) = licenceParts(consent.licenceId);
        PRODUCTIONS.requireOpen(productionId, msg.sender);
        require(PRODUCTIONS.isScene(productionId, consent.sceneHash, proof), NotInBreakdown(consent.sceneHash));
        uint40 day = _checkTerms(consent, LICENCES.requireActive(consent.licenceId));
        bytes32 descriptionHash = keccak256(bytes(consent.description));
        _takeConsent(memberId, consent.nonce, consent.deadline, _structHash(consent, descriptionHash), signature);

        grantId = ++lastGrantId;
        _emitGranted(grantId, consent, descriptionHash);
        _open(grantId, productionId, memberId, consent, day);
    }

    /// @inheritdoc ISceneGrants
    function revoke(uint256 grantId, bytes calldata signature) external {
        IUsageLedger.Grant memory g = LEDGER.grantOf(grantId);
        _requireRevoker(g.memberId, keccak256(abi.encode(REVOCATION_TYPEHASH, grantId)), signature);
        require(!g.revoked, AlreadyRevoked(grantId));
        emit GrantRevoked(grantId, g.memberId);
        LEDGER.revokeGrant(grantId);
    }

    /// @inheritdoc ISceneGrants
    function close(uint256 grantId, uint32 unusedIterations, bytes calldata signature) external {
        uint256 until = LEDGER.reportableUntil(grantId);
        require(block.timestamp > until, StillReportable(grantId, until));
        bool unused = LEDGER.endedUnused(grantId);
        uint64 floor = unused ? floorHeld(grantId) : 0;
        IUsageLedger.Grant memory g = LEDGER.closeGrant(grantId);
        require(!g.closed, IUsageLedger.GrantIsClosed(grantId));
        _checkFinalCount(grantId, g, unusedIterations, signature);

        if (floor > 0) _floorReturned[grantId] = true;
        emit GrantClosed(grantId, unusedIterations, floor > 0);
        PAYROLL.release(
            IPayroll.Reserve({
                productionId: g.productionId,
                memberId: g.memberId,
                grantId: grantId,
                fee: 0,
                price: g.price,
                iterations: g.iterationsLeft,
                floor: floor,
                background: g.replicaType == ReplicaType.BACKGROUND
            }),
            g.countedLeft
        );
    }

    /// @inheritdoc ISceneGrants
    function floorOf(uint256 grantId) public view returns (uint64) {
        IUsageLedger.Grant memory g = LEDGER.grantOf(grantId);
        uint16 version = PAYROLL.licenceAccount(g.productionId, g.memberId).version;
        return uint64(g.digitalDays) * RATE_CARD.dayRate(version, g.replicaType);
    }

    /// @inheritdoc ISceneGrants
    function floorHeld(uint256 grantId) public view returns (uint64) {
        if (_floorReturned[grantId] || PREMIUMS.premiumOf(grantId) > 0) return 0;
        return floorOf(grantId);
    }

    function _open(
        uint256 grantId,
        uint24 productionId,
        uint24 memberId,
        SceneConsent calldata c,
        uint40 day
    ) private {
        uint64 counted = PAYROLL.reserve(
            IPayroll.Reserve({
                productionId: productionId,
                memberId: memberId,
                grantId: grantId,
                fee: c.fee,
                price: c.iterationFee,
                iterations: c.maxIterations,
                floor: uint64(c.digitalDays) * day,
                background: c.replicaType == ReplicaType.BACKGROUND
            })
        );
        LEDGER.openGrant(
            grantId,
            IUsageLedger.Grant({
                productionId: productionId,
                memberId: memberId,
                assetClass: c.assetClass,
                replicaType: c.replicaType,
                revoked: false,
                closed: false,
                used: false,
                notBefore: c.notBefore,
                expires: c.expires,
                iterationsLeft: c.maxIterations,
                secondsLeft: c.maxSeconds,
                price: c.iterationFee,
                countedLeft: counted,
                digitalDays: c.digitalDays,
                longestStreamWeeks: c.longestStreamWeeks
            })
        );
    }

    function _checkTerms(SceneConsent calldata c, ILicences.Licence memory licence)
        private
        view
        returns (uint40 day)
    {
        require(
            c.rateCardVersion == licence.rateCardVersion, WrongRateCard(c.rateCardVersion, licence.rateCardVersion)
        );
        require(
            c.notBefore >= licence.starts && c.notBefore < c.expires && c.expires <= licence.expires
                && c.expires > block.timestamp,
            OutsideLicence(c.notBefore, c.expires, licence.starts, licence.expires)
        );
        require(
            c.maxIterations > 0 && c.maxSeconds > 0 && c.digitalDays > 0 && c.longestStreamWeeks > 0, EmptyCaps()
        );
        uint64 leastFee;
        uint64 leastIteration;
        (leastFee, leastIteration, day) =
            RATE_CARD.sceneTerms(c.rateCardVersion, licence.modalities, c.assetClass, c.replicaType);
        require(c.fee >= leastFee, FeeTooLow(c.fee, leastFee));
        require(c.iterationFee >= leastIteration, FeeTooLow(c.iterationFee, leastIteration));
        uint256 cost = uint256(c.fee) + uint256(c.iterationFee) * c.maxIterations;
        require(cost <= c.maxSpend, SpendCapExceeded(cost, c.maxSpend));
    }

    function _checkFinalCount(
        uint256 grantId,
        IUsageLedger.Grant memory g,
        uint32 unusedIterations,
        bytes calldata signature
    ) private view {
        address studio = PRODUCTIONS.productionOf(g.productionId).studio;
        bytes32 digest =
            _hashTypedDataV4(keccak256(abi.encode(FINAL_COUNT_TYPEHASH, grantId, unusedIterations)));
        require(
            msg.sender == studio || SignatureChecker.isValidSignatureNowCalldata(studio, digest, signature),
            NotTheStudiosCount(grantId)
        );
        require(
            unusedIterations == g.iterationsLeft, FinalCountMismatch(grantId, unusedIterations, g.iterationsLeft)
        );
    }

    function _emitGranted(uint256 grantId, SceneConsent calldata c, bytes32 descriptionHash) private {
        Terms memory terms;
        terms.rateCardVersion = c.rateCardVersion;
        terms.descriptionHash = descriptionHash;
        terms.assetClass = c.assetClass;
        terms.replicaType = c.replicaType;
        terms.maxIterations = c.maxIterations;
        terms.maxSeconds = c.maxSeconds;
        terms.maxSpend = c.maxSpend;
        terms.digitalDays = c.digitalDays;
        terms.longestStreamWeeks = c.longestStreamWeeks;
        terms.notBefore = c.notBefore;
        terms.expires = c.expires;
        terms.fee = c.fee;
        terms.iterationFee = c.iterationFee;
        terms.representation = c.representation;
        terms.nonce = c.nonce;
        emit SceneGranted(grantId, c.licenceId, c.sceneHash, terms);
    }

    function _structHash(SceneConsent calldata c, bytes32 descriptionHash) private pure returns (bytes32) {
        // Two halves, because the compiler can't hold nineteen words at once; joined they are plain abi.encode.
        return keccak256(
            bytes.concat(
                abi.encode(
                    SCENE_CONSENT_TYPEHASH,
                    c.licenceId,
                    c.rateCardVersion,
                    c.sceneHash,
                    descriptionHash,
                    c.assetClass,
                    c.replicaType,
                    c.maxIterations,
                    c.maxSeconds,
                    c.maxSpend
                ),
                abi.encode(
                    c.digitalDays,
                    c.longestStreamWeeks,
                    c.notBefore,
                    c.expires,
                    c.fee,
                    c.iterationFee,
                    c.representation,
                    c.nonce,
                    c.deadline
                )
            )
        );
    }
}
