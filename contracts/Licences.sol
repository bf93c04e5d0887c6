// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {MemberConsents} from "./consents/MemberConsents.sol";
import {IERC5192} from "./interfaces/IERC5192.sol";
import {ILicences} from "./interfaces/ILicences.sol";
import {IMembers} from "./interfaces/IMembers.sol";
import {IPayroll} from "./interfaces/IPayroll.sol";
import {IProductions} from "./interfaces/IProductions.sol";
import {IProvenance} from "./interfaces/IProvenance.sol";
import {IRateCard} from "./interfaces/IRateCard.sol";
import {IRecords} from "./interfaces/IRecords.sol";
import {IUsageLedger} from "./interfaces/IUsageLedger.sol";
import {ALL_MODALITIES, Charge, licenceIdOf, licenceParts} from "./interfaces/Types.sol";

/// @title Licences: one production's right to one member's records
contract Licences is ILicences, IERC5192, ERC721, MemberConsents, AccessManaged {
    bytes32 private constant TRAINING_CONSENT_TYPEHASH = keccak256(
        "TrainingConsent(uint24 productionId,uint24 memberId,uint8 modalities,uint40 expires,uint16 rateCardVersion,uint64 trainingFee,uint16 maxSyntheticDepth,string description,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant EXTENSION_TYPEHASH =
        keccak256("LicenceExtension(uint256 licenceId,uint40 expires,uint64 fee,uint256 nonce,uint256 deadline)");
    bytes32 private constant REVOCATION_TYPEHASH = keccak256("LicenceRevocation(uint256 licenceId)");
    uint16 private constant NO_CAP = type(uint16).max;

    struct Modules {
        IMembers members;
        IRecords records;
        IRateCard rateCard;
        IProductions productions;
        IUsageLedger ledger;
        IPayroll payroll;
        IProvenance provenance;
    }

    /// @dev A suspension that has ended; the one under way is in the licence.
    struct Suspension {
        uint40 from;
        uint40 until;
    }

    IRecords private immutable RECORDS;
    IRateCard private immutable RATE_CARD;
    IProductions private immutable PRODUCTIONS;
    IUsageLedger private immutable LEDGER;
    IPayroll private immutable PAYROLL;
    IProvenance private immutable PROVENANCE;

    mapping(uint256 licenceId => Licence) private _licences;
    mapping(uint256 licenceId => Suspension[]) private _suspensions;
    mapping(uint256 licenceId => mapping(uint16 run => bytes32 modelHash)) public openRun;

    constructor(address access, Modules memory modules)
        ERC721("Likeness Trust Licence", "LTL")
        MemberConsents(modules.members)
        AccessManaged(access)
    {
        RECORDS = modules.records;
        RATE_CARD = modules.rateCard;
        PRODUCTIONS = modules.productions;
        LEDGER = modules.ledger;
        PAYROLL = modules.payroll;
        PROVENANCE = modules.provenance;
    }

    /// @inheritdoc ILicences
    function buy(Order calldata order, TrainingConsent calldata consent, bytes calldata signature)
        external
        returns (uint256 licenceId)
    {
        licenceId = licenceIdOf(order.productionId, order.memberId);
        require(_licences[licenceId].expires == 0, LicenceExists(licenceId));
        require(order.modalities > 0 && order.modalities <= ALL_MODALITIES, BadModalities(order.modalities));
        require(order.termsHash != 0, MissingHash());
        _checkDates(PRODUCTIONS.requireOpen(order.productionId, msg.sender), order.starts, order.expires);
        require(
            RECORDS.covers(order.memberId, order.productionId, order.modalities),
            RecordsMissing(order.memberId, order.modalities)
        );
        IRateCard.Rates memory rates = _checkPrice(order);
        if (order.training) _takeTrainingConsent(licenceId, order, consent, signature);
        else _checkNoTraining(order, signature);

        _licences[licenceId] = Licence({
            rateCardVersion: order.rateCardVersion,
            modalities: order.modalities,
            trainingUntil: order.training ? order.expires : 0,
            starts: order.starts,
            expires: order.expires,
            suspendedAt: 0,
            revokedAt: 0,
            trainingRuns: 0,
            maxSyntheticDepth: order.maxSyntheticDepth
        });
        _mint(msg.sender, licenceId);
        emit Locked(licenceId);
        _emitGranted(licenceId, order);
        PAYROLL.openLicence(order.productionId, order.memberId, rates, order.licenceFee, order.trainingFee);
    }

    /// @inheritdoc ILicences
    function extend(Extension calldata extension, bytes calldata signature) external {
        uint256 licenceId = extension.licenceId;
        Licence storage licence = _existing(licenceId);
        _requireNotHalted(licenceId, licence);
        (uint24 productionId, uint24 memberId) = licenceParts(licenceId);
        require(extension.expires > licence.expires, NotLater(extension.expires, licence.expires));
        _checkDates(PRODUCTIONS.requireOpen(productionId, msg.sender), licence.starts, extension.expires);
        (uint64 least,, uint16 termDays,) = RATE_CARD.licenceTerms(
            licence.rateCardVersion, licence.modalities, false, MEMBERS.minorAt(memberId, block.timestamp)
        );
        require(extension.fee >= least, FeeTooLow(extension.fee, least));
        _checkTerm(licence.starts, extension.expires, termDays);
        _takeConsent(memberId, extension.nonce, extension.deadline, _extensionHash(extension), signature);

        licence.expires = extension.expires;
        emit LicenceExtended(licenceId, extension.expires, extension.fee);
        PAYROLL.charge(productionId, memberId, Charge.EXTENSION_FEE, licenceId, extension.fee);
    }

    /// @inheritdoc ILicences
    function revoke(uint256 licenceId, bytes calldata signature) external {
        Licence storage licence = _existing(licenceId);
        (uint24 productionId, uint24 memberId) = licenceParts(licenceId);
        _requireRevoker(memberId, keccak256(abi.encode(REVOCATION_TYPEHASH, licenceId)), signature);
        require(licence.revokedAt == 0, LicenceIsRevoked(licenceId, licence.revokedAt));
        licence.revokedAt = uint40(block.timestamp);
        emit LicenceRevoked(licenceId);
        LEDGER.noteHalt(productionId);
    }

    /// @inheritdoc ILicences
    function suspend(uint256 licenceId, bytes32 reasonHash) external restricted {
        Licence storage licence = _existing(licenceId);
        _requireNotHalted(licenceId, licence);
        require(reasonHash != 0, MissingHash());
        licence.suspendedAt = uint40(block.timestamp);
        emit LicenceSuspended(licenceId, reasonHash);
        (uint24 productionId,) = licenceParts(licenceId);
        LEDGER.noteHalt(productionId);
    }

    /// @inheritdoc ILicences
    function reinstate(uint256 licenceId) external restricted {
        Licence storage licence = _existing(licenceId);
        require(licence.suspendedAt > 0, NotSuspended(licenceId));
        _suspensions[licenceId].push(Suspension(licence.suspendedAt, uint40(block.timestamp)));
        licence.suspendedAt = 0;
        emit LicenceReinstated(licenceId);
    }

    /// @inheritdoc ILicences
    function recordTrainingRun(uint256 licenceId, bytes32 datasetRoot, bytes32 modelHash)
        external
        returns (uint16 run)
    {
        (uint24 productionId,) = licenceParts(licenceId);
        PRODUCTIONS.requireOpen(productionId, msg.sender);
        requireActive(licenceId);
        uint40 until = _licences[licenceId].trainingUntil;
        require(until > 0, NoTrainingRight(licenceId));
        require(block.timestamp < until, TrainingRightEnded(licenceId, until));
        require(datasetRoot != 0 && modelHash != 0, MissingHash());
        _checkDepth(licenceId, datasetRoot);
        run = ++_licences[licenceId].trainingRuns;
        openRun[licenceId][run] = modelHash;
        emit TrainingRunRecorded(licenceId, run, datasetRoot, modelHash);
    }

    /// @inheritdoc ILicences
    function attestRetirement(uint256 licenceId, uint16 run, bytes32 evidenceHash) external {
        (uint24 productionId,) = licenceParts(licenceId);
        PRODUCTIONS.requireStudio(productionId, msg.sender);
        require(openRun[licenceId][run] != 0, NoOpenRun(licenceId, run));
        require(evidenceHash != 0, MissingHash());
        delete openRun[licenceId][run];
        emit ModelRetired(licenceId, run, evidenceHash);
    }

    /// @inheritdoc ILicences
    function requireActive(uint256 licenceId)
        public
        view
        returns (uint16 rateCardVersion, uint8 modalities, uint40 starts, uint40 expires)
    {
        Licence memory licence = _existing(licenceId);
        _requireNotHalted(licenceId, licence);
        require(block.timestamp >= licence.starts, LicenceNotYet(licenceId, licence.starts));
        require(block.timestamp < licence.expires, LicenceExpired(licenceId, licence.expires));
        return (licence.rateCardVersion, licence.modalities, licence.starts, licence.expires);
    }

    /// @inheritdoc ILicences
    function requireNotHaltedAt(uint256 licenceId, uint256 time) external view {
        Licence storage licence = _existing(licenceId);
        uint40 revokedAt = licence.revokedAt;
        require(revokedAt == 0 || time < revokedAt, LicenceIsRevoked(licenceId, revokedAt));
        uint40 suspendedAt = licence.suspendedAt;
        require(suspendedAt == 0 || time < suspendedAt, LicenceIsSuspended(licenceId, suspendedAt));
        Suspension[] storage past = _suspensions[licenceId];
        for (uint256 i = past.length; i > 0; i--) {
            Suspension memory suspension = past[i - 1];
            require(time < suspension.from || time >= suspension.until, LicenceIsSuspended(licenceId, suspension.from));
        }
    }

    /// @inheritdoc ILicences
    function stateOf(uint256 licenceId) external view returns (State) {
        Licence memory licence = _licences[licenceId];
        (uint24 productionId,) = licenceParts(licenceId);
        if (licence.expires == 0) return State.NONE;
        if (licence.revokedAt > 0) return State.REVOKED;
        if (PRODUCTIONS.productionOf(productionId).status == IProductions.Status.CANCELLED) {
            return State.PRODUCTION_CANCELLED;
        }
        if (licence.suspendedAt > 0) return State.SUSPENDED;
        if (block.timestamp >= licence.expires) return State.EXPIRED;
        return block.timestamp < licence.starts ? State.NOT_YET : State.ACTIVE;
    }

    /// @inheritdoc ILicences
    function licenceOf(uint256 licenceId) external view returns (Licence memory) {
        return _licences[licenceId];
    }

    /// @inheritdoc IERC5192
    function locked(uint256 tokenId) external view returns (bool) {
        _requireOwned(tokenId);
        return true;
    }

    /// @inheritdoc ERC721
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC5192).interfaceId || super.supportsInterface(interfaceId);
    }

    function _update(address to, uint256 tokenId, address auth) internal override returns (address from) {
        from = super._update(to, tokenId, auth);
        require(from == address(0), Soulbound(tokenId));
    }

    function _takeTrainingConsent(
        uint256 licenceId,
        Order calldata order,
        TrainingConsent calldata c,
        bytes calldata signature
    ) private {
        // One branch for all fields; with && a licence cost 230 gas more.
        uint256 difference = (c.productionId ^ order.productionId) | (c.memberId ^ order.memberId)
            | (c.modalities ^ order.modalities) | (c.expires ^ order.expires)
            | (c.rateCardVersion ^ order.rateCardVersion) | (c.trainingFee ^ order.trainingFee)
            | (c.maxSyntheticDepth ^ order.maxSyntheticDepth);
        require(difference == 0, TrainingConsentMismatch());
        bytes32 descriptionHash = keccak256(bytes(c.description));
        _takeConsent(c.memberId, c.nonce, c.deadline, _trainingHash(c, descriptionHash), signature);
        emit TrainingConsented(licenceId, descriptionHash, c.nonce);
    }

    function _emitGranted(uint256 licenceId, Order calldata order) private {
        emit LicenceGranted(
            licenceId,
            order.productionId,
            order.memberId,
            order.modalities,
            order.training,
            order.starts,
            order.expires,
            order.termsHash,
            order.rateCardVersion,
            order.licenceFee,
            order.trainingFee
        );
        if (order.maxSyntheticDepth < NO_CAP) emit SyntheticDepthCapped(licenceId, order.maxSyntheticDepth);
    }

    function _checkNoTraining(Order calldata order, bytes calldata signature) private pure {
        require(
            signature.length == 0 && order.trainingFee == 0 && order.maxSyntheticDepth == NO_CAP,
            TrainingConsentMismatch()
        );
    }

    /// @dev Without a cap nobody has to prove a dataset.
    function _checkDepth(uint256 licenceId, bytes32 datasetRoot) private view {
        uint16 cap = _licences[licenceId].maxSyntheticDepth;
        if (cap == NO_CAP) return;
        uint16 depth = PROVENANCE.datasetDepth(datasetRoot);
        require(depth <= cap, DepthCapExceeded(licenceId, depth, cap));
    }

    function _checkPrice(Order calldata order) private view returns (IRateCard.Rates memory rates) {
        uint64 leastLicence;
        uint64 leastTraining;
        uint16 termDays;
        (leastLicence, leastTraining, termDays, rates) = RATE_CARD.currentTerms(
            order.rateCardVersion, order.modalities, order.training, MEMBERS.minorAt(order.memberId, block.timestamp)
        );
        require(order.licenceFee >= leastLicence, FeeTooLow(order.licenceFee, leastLicence));
        require(order.trainingFee >= leastTraining, FeeTooLow(order.trainingFee, leastTraining));
        _checkTerm(order.starts, order.expires, termDays);
    }

    function _checkDates(IProductions.Production memory production, uint40 starts, uint40 expires) private view {
        require(
            starts >= production.starts && starts < expires && expires <= production.ends && expires > block.timestamp,
            OutsideSchedule(starts, expires, production.starts, production.ends)
        );
    }

    function _checkTerm(uint40 starts, uint40 expires, uint16 termDays) private pure {
        // Days of 16 bits don't overflow, and `_checkDates` saw that the licence ends after it starts.
        unchecked {
            uint256 longest = uint256(termDays) * 1 days;
            uint256 term = expires - starts;
            require(term <= longest, TermTooLong(term, longest));
        }
    }

    function _existing(uint256 licenceId) private view returns (Licence storage licence) {
        licence = _licences[licenceId];
        require(licence.expires > 0, NoLicence(licenceId));
    }

    function _requireNotHalted(uint256 licenceId, Licence memory licence) private pure {
        require(licence.revokedAt == 0, LicenceIsRevoked(licenceId, licence.revokedAt));
        require(licence.suspendedAt == 0, LicenceIsSuspended(licenceId, licence.suspendedAt));
    }

    function _extensionHash(Extension calldata e) private pure returns (bytes32) {
        return keccak256(abi.encode(EXTENSION_TYPEHASH, e.licenceId, e.expires, e.fee, e.nonce, e.deadline));
    }

    function _trainingHash(TrainingConsent calldata c, bytes32 descriptionHash) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                TRAINING_CONSENT_TYPEHASH,
                c.productionId,
                c.memberId,
                c.modalities,
                c.expires,
                c.rateCardVersion,
                c.trainingFee,
                c.maxSyntheticDepth,
                descriptionHash,
                c.nonce,
                c.deadline
            )
        );
    }
}
