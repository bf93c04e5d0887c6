// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MemberConsents} from "./consents/MemberConsents.sol";
import {IDisclosures} from "./interfaces/IDisclosures.sol";
import {IMembers} from "./interfaces/IMembers.sol";
import {IProductions} from "./interfaces/IProductions.sol";
import {IWritersRooms} from "./interfaces/IWritersRooms.sol";
import {DisclosureWord} from "./lib/DisclosureWord.sol";

/// @title Disclosures of machine-made material
/// @dev Members' statements carry no nonce: each can be made once, and the material's word says that it was.
contract Disclosures is IDisclosures, MemberConsents {
    bytes32 private constant ACKNOWLEDGEMENT_TYPEHASH = keccak256(
        "DisclosureAcknowledgement(uint24 productionId,uint24 memberId,uint8 kind,bytes32 materialHash,uint256 deadline)"
    );
    bytes32 private constant CONTEST_TYPEHASH = keccak256(
        "DisclosureContest(uint24 productionId,uint24 memberId,uint8 kind,bytes32 materialHash,bytes32 reasonHash,uint256 deadline)"
    );
    bytes32 private constant REPORT_TYPEHASH = keccak256(
        "UndisclosedReport(uint24 productionId,uint24 memberId,uint8 kind,bytes32 materialHash,uint256 deadline)"
    );

    uint256 private constant LATE = 1 << 48;
    uint256 private constant REPORTED = 1 << 56;

    /// @dev What a production's disclosures need of other contracts and what never becomes untrue: its studio, and a
    /// number of members that there are at least.
    struct Desk {
        address studio;
        uint24 members;
    }

    /// @dev A struct of one word, because a pointer to it saves hashing the key twice.
    struct DisclosureSlot {
        DisclosureWord word;
    }

    IProductions private immutable PRODUCTIONS;
    IWritersRooms private immutable ROOMS;

    mapping(uint24 productionId => Desk) private _desks;
    mapping(bytes32 materialHash => mapping(uint256 recipient => DisclosureSlot)) private _slots;

    constructor(IMembers members, IProductions productions, IWritersRooms rooms) MemberConsents(members) {
        PRODUCTIONS = productions;
        ROOMS = rooms;
    }

    /// @inheritdoc IDisclosures
    function disclose(Disclosure calldata d, uint24[] calldata memberIds) external {
        // Read once: each reading checks that the word holds no more than its type.
        (uint24 productionId, Kind kind, uint40 workStarts) = (d.productionId, d.kind, d.workStarts);
        (bytes32 materialHash, bytes32 modelHash) = (d.materialHash, d.modelHash);
        require(memberIds.length > 0, NoRecipients());
        require(materialHash != 0 && modelHash != 0, MissingHash());
        require(workStarts > 0, MissingStart());
        uint24 members = _requireDiscloser(productionId);
        bool roomNeeded = kind <= Kind.DRAFT;
        uint256 i = 0;
        do {
            uint24 memberId = memberIds[i];
            if (memberId > members) members = _countMembers(productionId);
            require(memberId > 0 && memberId <= members, IMembers.UnknownMember(memberId));
            DisclosureSlot storage slot = _slot(productionId, memberId, materialHash);
            DisclosureWord word = slot.word;
            _requireUndisclosed(word, memberId, materialHash);
            bool reported = word.reportedAt() > 0;
            if (roomNeeded && !reported) {
                ROOMS.requireRoom(productionId);
                roomNeeded = false;
            }
            slot.word = word.disclosed(workStarts, kind);
            emit Disclosed(productionId, memberId, materialHash, modelHash, _terms(kind, workStarts, reported));
            // A counter below the array's length can't overflow.
            unchecked {
                i++;
            }
        } while (i < memberIds.length);
    }

    /// @inheritdoc IDisclosures
    function acknowledge(Acknowledgement calldata s, bytes calldata signature) external {
        bytes32 structHash = keccak256(
            abi.encode(ACKNOWLEDGEMENT_TYPEHASH, s.productionId, s.memberId, s.kind, s.materialHash, s.deadline)
        );
        _requireSigned(s.memberId, s.deadline, structHash, signature);
        _reply(s.productionId, s.memberId, s.kind, s.materialHash, Reply.ACKNOWLEDGED);
        emit DisclosureAcknowledged(s.productionId, s.memberId, s.materialHash);
    }

    /// @inheritdoc IDisclosures
    function contest(Contest calldata s, bytes calldata signature) external {
        require(s.reasonHash != 0, MissingHash());
        bytes32 structHash = keccak256(
            abi.encode(CONTEST_TYPEHASH, s.productionId, s.memberId, s.kind, s.materialHash, s.reasonHash, s.deadline)
        );
        _requireSigned(s.memberId, s.deadline, structHash, signature);
        _reply(s.productionId, s.memberId, s.kind, s.materialHash, Reply.CONTESTED);
        emit DisclosureContested(s.productionId, s.memberId, s.materialHash, s.reasonHash);
    }

    /// @inheritdoc IDisclosures
    function reportUndisclosed(Report calldata s, bytes calldata signature) external {
        require(s.materialHash != 0, MissingHash());
        require(
            PRODUCTIONS.productionOf(s.productionId).status != IProductions.Status.NONE,
            IProductions.UnknownProduction(s.productionId)
        );
        bytes32 structHash =
            keccak256(abi.encode(REPORT_TYPEHASH, s.productionId, s.memberId, s.kind, s.materialHash, s.deadline));
        _requireSigned(s.memberId, s.deadline, structHash, signature);
        DisclosureSlot storage slot = _slot(s.productionId, s.memberId, s.materialHash);
        DisclosureWord word = slot.word;
        _requireUndisclosed(word, s.memberId, s.materialHash);
        require(word.reportedAt() == 0, AlreadyReported(word.reportedAt()));
        slot.word = word.reported(s.kind);
        emit UndisclosedReported(s.productionId, s.memberId, s.materialHash, s.kind);
    }

    /// @inheritdoc IDisclosures
    function answerReport(uint24 productionId, uint24 memberId, bytes32 materialHash, bytes32 evidenceHash) external {
        require(evidenceHash != 0, MissingHash());
        _requireDiscloser(productionId);
        DisclosureSlot storage slot = _slot(productionId, memberId, materialHash);
        DisclosureWord word = slot.word;
        _requireUndisclosed(word, memberId, materialHash);
        require(word.reportedAt() > 0, NotReported(productionId, memberId, materialHash));
        require(word.answeredAt() == 0, AlreadyAnswered(word.answeredAt()));
        slot.word = word.answered();
        emit ReportAnswered(productionId, memberId, materialHash, evidenceHash);
    }

    /// @inheritdoc IDisclosures
    function stateOf(uint24 productionId, uint24 memberId, bytes32 materialHash) external view returns (State memory) {
        return _slot(productionId, memberId, materialHash).word.unpack();
    }

    function _reply(uint24 productionId, uint24 memberId, Kind kind, bytes32 materialHash, Reply reply) private {
        DisclosureSlot storage slot = _slot(productionId, memberId, materialHash);
        DisclosureWord word = slot.word;
        require(word.disclosedAt() > 0 && word.kind() == kind, NotDisclosed(productionId, memberId, kind, materialHash));
        require(word.repliedAt() == 0, AlreadyReplied(word.reply(), word.repliedAt()));
        slot.word = word.replied(reply);
    }

    /// @dev How many members there are at least.
    function _requireDiscloser(uint24 productionId) private returns (uint24 members) {
        Desk storage desk = _desks[productionId];
        address studio = desk.studio;
        members = desk.members;
        if (studio == address(0)) {
            studio = PRODUCTIONS.productionOf(productionId).studio;
            require(studio != address(0), IProductions.UnknownProduction(productionId));
            desk.studio = studio;
        }
        require(
            msg.sender == studio || PRODUCTIONS.mayReport(productionId, msg.sender),
            NotADiscloser(productionId, msg.sender)
        );
    }

    function _countMembers(uint24 productionId) private returns (uint24 members) {
        members = MEMBERS.memberCount();
        _desks[productionId].members = members;
    }

    function _terms(Kind kind, uint40 workStarts, bool reported) private view returns (uint64) {
        uint256 terms = uint256(kind) | (uint256(workStarts) << 8);
        if (reported) terms |= LATE | REPORTED;
        else if (block.timestamp >= workStarts) terms |= LATE;
        return uint64(terms);
    }

    function _requireUndisclosed(DisclosureWord word, uint24 memberId, bytes32 materialHash) private pure {
        require(word.disclosedAt() == 0, AlreadyDisclosed(memberId, materialHash, word.disclosedAt()));
    }

    function _requireSigned(uint24 memberId, uint256 deadline, bytes32 structHash, bytes calldata signature)
        private
        view
    {
        require(block.timestamp <= deadline, StatementExpired(deadline, block.timestamp));
        MEMBERS.requireSigned(memberId, _hashTypedDataV4(structHash), signature);
    }

    function _slot(uint24 productionId, uint24 memberId, bytes32 materialHash)
        private
        view
        returns (DisclosureSlot storage)
    {
        return _slots[materialHash][uint256(productionId) << 24 | memberId];
    }
}
