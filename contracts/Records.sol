// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {MemberConsents} from "./consents/MemberConsents.sol";
import {IMembers} from "./interfaces/IMembers.sol";
import {IProductions} from "./interfaces/IProductions.sol";
import {IRateCard} from "./interfaces/IRateCard.sol";
import {IRecords} from "./interfaces/IRecords.sol";
import {ALL_MODALITIES, MODALITIES, Modality} from "./interfaces/Types.sol";

/// @title Pooled records and the first opt-in
contract Records is IRecords, MemberConsents, AccessManaged {
    bytes32 private constant SCAN_CONSENT_TYPEHASH = keccak256(
        "ScanConsent(uint24 memberId,uint24 productionId,uint8 modalities,string description,bool noticeWaived,uint8 representation,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant ERASURE_TYPEHASH = keccak256("Erasure(uint256 recordId)");

    struct Record {
        uint24 memberId;
        uint24 productionId;
        Modality modality;
        bool erased;
    }

    IRateCard private immutable RATE_CARD;
    IProductions private immutable PRODUCTIONS;

    /// @inheritdoc IRecords
    uint256 public lastRecordId;

    mapping(uint256 recordId => Record) private _records;
    // Live records by modality, 32 bits each; scope 0 is the pool.
    mapping(uint24 memberId => mapping(uint24 productionId => uint256 counts)) private _live;
    mapping(uint24 memberId => mapping(uint24 productionId => mapping(uint8 modalities => uint256 givenAt))) private
        _notices;

    constructor(address access, IMembers members, IRateCard rateCard, IProductions productions)
        MemberConsents(members)
        AccessManaged(access)
    {
        RATE_CARD = rateCard;
        PRODUCTIONS = productions;
    }

    /// @inheritdoc IRecords
    function giveNotice(uint24 memberId, uint24 productionId, uint8 modalities) external {
        _checkModalities(modalities);
        if (productionId == 0) _checkCanCall(msg.sender, msg.data);
        else PRODUCTIONS.requireStudio(productionId, msg.sender);
        _notices[memberId][productionId][modalities] = block.timestamp;
        emit NoticeGiven(memberId, productionId, modalities, msg.sender);
    }

    /// @inheritdoc IRecords
    function pool(ScanConsent calldata consent, Deposit[] calldata deposits, bytes calldata signature)
        external
        restricted
        returns (uint256 firstRecordId)
    {
        require(deposits.length > 0, NothingToPool());
        _checkModalities(consent.modalities);
        if (!consent.noticeWaived) _takeNotice(consent);
        bytes32 descriptionHash = keccak256(bytes(consent.description));
        _takeConsent(
            consent.memberId, consent.nonce, consent.deadline, _structHash(consent, descriptionHash), signature
        );
        emit ScanConsented(
            consent.memberId,
            consent.productionId,
            consent.modalities,
            descriptionHash,
            consent.noticeWaived,
            consent.representation,
            consent.nonce
        );
        firstRecordId = lastRecordId + 1;
        for (uint256 i = 0; i < deposits.length; i++) {
            _pool(consent, deposits[i]);
        }
    }

    /// @inheritdoc IRecords
    function erase(uint256 recordId, bytes calldata signature) external {
        Record storage record = _records[recordId];
        uint24 memberId = record.memberId;
        require(memberId != 0 && !record.erased, NoSuchRecord(recordId));
        if (signature.length > 0 || MEMBERS.mayRevoke(memberId, msg.sender)) {
            _requireRevoker(memberId, keccak256(abi.encode(ERASURE_TYPEHASH, recordId)), signature);
        } else {
            (bool custodian,) = IAccessManager(authority()).canCall(msg.sender, address(this), msg.sig);
            require(custodian, NotYourRecord(recordId, msg.sender));
        }
        record.erased = true;
        _live[memberId][record.productionId] -= 1 << (uint256(record.modality) * 32);
        emit RecordErased(recordId, memberId);
    }

    /// @inheritdoc IRecords
    function covers(uint24 memberId, uint24 productionId, uint8 modalities) external view returns (bool) {
        uint256 pooled = _live[memberId][0];
        uint256 own = _live[memberId][productionId];
        for (uint256 m = 0; m < MODALITIES; m++) {
            if (modalities & (1 << m) == 0) continue;
            if (uint32(pooled >> (m * 32)) == 0 && uint32(own >> (m * 32)) == 0) return false;
        }
        return true;
    }

    /// @inheritdoc IRecords
    function recordOf(uint256 recordId)
        external
        view
        returns (uint24 memberId, uint24 productionId, Modality modality, bool erased)
    {
        Record memory record = _records[recordId];
        require(record.memberId != 0, NoSuchRecord(recordId));
        return (record.memberId, record.productionId, record.modality, record.erased);
    }

    function _pool(ScanConsent calldata consent, Deposit calldata deposit) private {
        require(deposit.commitment != bytes32(0), NothingToPool());
        uint256 m = uint256(deposit.modality);
        require(consent.modalities & (1 << m) != 0, ModalityNotConsented(deposit.modality, consent.modalities));
        uint256 recordId = ++lastRecordId;
        _records[recordId] = Record(consent.memberId, consent.productionId, deposit.modality, false);
        _live[consent.memberId][consent.productionId] += 1 << (m * 32);
        emit RecordPooled(recordId, consent.memberId, consent.productionId, deposit.modality, deposit.commitment);
    }

    /// @dev A notice is for one scan.
    function _takeNotice(ScanConsent calldata consent) private {
        uint256 givenAt = _notices[consent.memberId][consent.productionId][consent.modalities];
        (uint16 noticeHours,) = RATE_CARD.currentLimits();
        uint256 needed = uint256(noticeHours) * 1 hours;
        require(givenAt > 0 && block.timestamp >= givenAt + needed, NoticeTooShort(givenAt, needed));
        delete _notices[consent.memberId][consent.productionId][consent.modalities];
    }

    function _checkModalities(uint8 modalities) private pure {
        require(modalities > 0 && modalities <= ALL_MODALITIES, BadModalities(modalities));
    }

    function _structHash(ScanConsent calldata consent, bytes32 descriptionHash) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                SCAN_CONSENT_TYPEHASH,
                consent.memberId,
                consent.productionId,
                consent.modalities,
                descriptionHash,
                consent.noticeWaived,
                consent.representation,
                consent.nonce,
                consent.deadline
            )
        );
    }
}
