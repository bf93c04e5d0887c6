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
import {IWritersRooms} from "./interfaces/IWritersRooms.sol";
import {ReplicaType, Representation, SCRIPT_MODALITY, licenceParts} from "./interfaces/Types.sol";
import {GrantWord, GrantWords} from "./lib/GrantWord.sol";

/// @title Scene grants and the second opt-in
contract SceneGrants is ISceneGrants, MemberConsents {
    bytes32 private constant SCENE_CONSENT_TYPEHASH = keccak256(
        "SceneConsent(uint256 licenceId,bytes32 sceneHash,uint16 rateCardVersion,string description,uint8 assetClass,uint8 replicaType,uint32 maxIterations,uint32 maxSeconds,uint64 maxSpend,uint16 digitalDays,uint16 longestStreamWeeks,uint40 notBefore,uint40 expires,uint64 fee,uint64 iterationFee,uint8 representation,uint256 nonce,uint256 deadline)"
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
        IWritersRooms writersRooms;
    }

    IRateCard private immutable RATE_CARD;
    IProductions private immutable PRODUCTIONS;
    ILicences private immutable LICENCES;
    IUsageLedger private immutable LEDGER;
    IPayroll private immutable PAYROLL;
    ISubstitutionPremiums private immutable PREMIUMS;
    IWritersRooms private immutable WRITERS_ROOMS;

    /// @inheritdoc ISceneGrants
    uint256 public lastGrantId;

    constructor(Modules memory modules) MemberConsents(modules.members) {
        RATE_CARD = modules.rateCard;
        PRODUCTIONS = modules.productions;
        LICENCES = modules.licences;
        LEDGER = modules.ledger;
        PAYROLL = modules.payroll;
        PREMIUMS = modules.premiums;
        WRITERS_ROOMS = modules.writersRooms;
    }

    /// @inheritdoc ISceneGrants
    function grant(SceneConsent calldata consent, bytes32[] calldata proof, bytes calldata signature)
        external
        returns (uint256 grantId)
    {
        (uint24 productionId, uint24 memberId) = licenceParts(consent.licenceId);
        require(
            PRODUCTIONS.requireOpenScene(productionId, msg.sender, consent.sceneHash, proof),
            NotInBreakdown(consent.sceneHash)
        );
        uint40 day = _checkTerms(consent);
        bytes32 descriptionHash = keccak256(bytes(consent.description));
        grantId = ++lastGrantId;
        bytes32 structHash = _hashAndTell(grantId, consent, descriptionHash);
        _takeConsent(memberId, consent.nonce, consent.deadline, structHash, signature);
        _open(grantId, productionId, memberId, consent, day);
    }

    /// @inheritdoc ISceneGrants
    function revoke(uint256 grantId, bytes calldata signature) external {
        GrantWord g = LEDGER.wordOf(grantId);
        _requireRevoker(g.memberId(), keccak256(abi.encode(REVOCATION_TYPEHASH, grantId)), signature);
        require(!g.isRevoked(), AlreadyRevoked(grantId));
        require(block.timestamp < g.expires(), GrantIsOver(grantId, g.expires()));
        emit GrantRevoked(grantId, g.memberId());
        LEDGER.revokeGrant(grantId);
    }

    /// @inheritdoc ISceneGrants
    function close(uint256 grantId, uint32 unusedIterations, bytes calldata signature) external {
        uint256 until = LEDGER.reportableUntil(grantId);
        require(block.timestamp > until, StillReportable(grantId, until));
        uint64 floor = LEDGER.endedUnused(grantId) ? PREMIUMS.floorHeld(grantId) : 0;
        GrantWord g = LEDGER.closeGrant(grantId, floor == 0);
        _checkFinalCount(grantId, g, unusedIterations, signature);

        emit GrantClosed(grantId, unusedIterations, floor > 0);
        PAYROLL.release(
            IPayroll.Reserve({
                productionId: g.productionId(),
                memberId: g.memberId(),
                grantId: grantId,
                fee: 0,
                price: uint64(g.price()),
                iterations: uint32(g.iterationsLeft()),
                floor: floor,
                background: g.isBackground()
            }),
            uint64(g.countedLeft())
        );
    }

    function _open(uint256 grantId, uint24 productionId, uint24 memberId, SceneConsent calldata c, uint40 day) private {
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
        LEDGER.openGrant(grantId, GrantWords.opened(productionId, memberId, c, counted));
    }

    function _checkTerms(SceneConsent calldata c) private view returns (uint40 day) {
        (uint16 version, uint8 modalities, uint40 starts, uint40 ends) = LICENCES.requireActive(c.licenceId);
        require(c.rateCardVersion == version, WrongRateCard(c.rateCardVersion, version));
        uint40 notBefore = c.notBefore;
        uint40 expires = c.expires;
        require(
            notBefore >= starts && notBefore < expires && expires <= ends && expires > block.timestamp,
            OutsideLicence(notBefore, expires, starts, ends)
        );
        require(c.maxIterations > 0 && c.maxSeconds > 0 && c.digitalDays > 0 && c.longestStreamWeeks > 0, EmptyCaps());
        uint64 leastFee;
        uint64 leastIteration;
        (leastFee, leastIteration, day) = RATE_CARD.sceneTerms(version, modalities, c.assetClass, c.replicaType);
        require(c.fee >= leastFee, FeeTooLow(c.fee, leastFee));
        require(c.iterationFee >= leastIteration, FeeTooLow(c.iterationFee, leastIteration));
        // No rule hangs on it; comparing makes the decoder check that it is one of the two.
        assert(c.representation <= Representation.COUNSEL);
        _checkRoom(modalities, c.licenceId);
        uint256 cost = uint256(c.fee) + uint256(c.iterationFee) * c.maxIterations;
        require(cost <= c.maxSpend, SpendCapExceeded(cost, c.maxSpend));
    }

    /// @dev Use of a script is script work. In `_checkTerms` itself it cost other grants 150 gas more.
    function _checkRoom(uint8 modalities, uint256 licenceId) private view {
        if (modalities & SCRIPT_MODALITY == 0) return;
        (uint24 productionId,) = licenceParts(licenceId);
        WRITERS_ROOMS.requireRoom(productionId);
    }

    function _checkFinalCount(uint256 grantId, GrantWord g, uint32 unusedIterations, bytes calldata signature)
        private
        view
    {
        address studio = PRODUCTIONS.productionOf(g.productionId()).studio;
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(FINAL_COUNT_TYPEHASH, grantId, unusedIterations)));
        require(
            msg.sender == studio || SignatureChecker.isValidSignatureNowCalldata(studio, digest, signature),
            NotTheStudiosCount(grantId)
        );
        require(
            unusedIterations == g.iterationsLeft(),
            FinalCountMismatch(grantId, unusedIterations, uint32(g.iterationsLeft()))
        );
    }

    /// @dev The consent's struct hash, and `emit SceneGranted(grantId, licenceId, sceneHash, terms)`, from one copy of
    /// its eighteen words with the description's hash in the description's place. Terms are words 2 to 16 in the same
    /// order. Encoding them twice cost 9,000 gas (tests/gas.json); the consent vectors pin the hash, and
    /// tests/contracts/test_grant_events.py the log. Words with dirty high bits can't pass: fields are read, and so
    /// checked, in `_checkTerms` and `_open`, and the hash of any other value is not what was signed.
    function _hashAndTell(uint256 grantId, SceneConsent calldata c, bytes32 descriptionHash)
        private
        returns (bytes32 structHash)
    {
        bytes32 typehash = SCENE_CONSENT_TYPEHASH;
        bytes32 topic = SceneGranted.selector;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let words := mload(0x40)
            mstore(words, typehash)
            let fields := add(words, 0x20)
            calldatacopy(fields, c, 0x240)
            mstore(add(fields, 0x60), descriptionHash)
            structHash := keccak256(words, 0x260)
            log4(add(fields, 0x40), 0x1e0, topic, grantId, mload(fields), mload(add(fields, 0x20)))
        }
    }
}
