// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MemberConsents} from "./consents/MemberConsents.sol";
import {IEnsemblePools} from "./interfaces/IEnsemblePools.sol";
import {IMembers} from "./interfaces/IMembers.sol";
import {IProductions} from "./interfaces/IProductions.sol";
import {IRateCard} from "./interfaces/IRateCard.sol";
import {IWritersRooms} from "./interfaces/IWritersRooms.sol";
import {ContributionStatements} from "./rooms/ContributionStatements.sol";
import {RoomCalendars} from "./rooms/RoomCalendars.sol";
import {RoomWeeks} from "./rooms/RoomWeeks.sol";

/// @title Writers' rooms
contract WritersRooms is RoomCalendars, ContributionStatements {
    using RoomWeeks for uint256;

    /// @dev A week's count is a byte, and nobody counts twice in it.
    uint256 private constant MOST_WRITERS = type(uint8).max;

    bytes32 private constant JOIN_TYPEHASH = keccak256(
        "RoomJoin(uint24 productionId,uint24 memberId,uint40 starts,uint16 wholeWeeks,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant LEAVE_TYPEHASH =
        keccak256("RoomLeave(uint24 productionId,uint24 memberId,uint256 nonce,uint256 deadline)");
    bytes32 private constant TEAM_TYPEHASH =
        keccak256("SoleTeam(uint24 productionId,uint24 memberId,uint24[] writers,uint256 nonce,uint256 deadline)");

    struct Modules {
        IMembers members;
        IRateCard rateCard;
        IProductions productions;
        IEnsemblePools pools;
    }

    /// @dev One word. `team` is the one in force, `lastTeam` the number of the last that was declared.
    struct RoomSlot {
        uint16 episodes;
        uint16 rateCardVersion;
        uint8 needed;
        uint8 roll;
        uint16 team;
        uint16 lastTeam;
    }

    IRateCard private immutable RATE_CARD;
    IProductions private immutable PRODUCTIONS;

    mapping(uint24 productionId => RoomSlot) private _rooms;
    mapping(uint24 productionId => mapping(uint24 memberId => Writer)) private _writers;

    constructor(Modules memory modules) MemberConsents(modules.members) ContributionStatements(modules.pools) {
        RATE_CARD = modules.rateCard;
        PRODUCTIONS = modules.productions;
    }

    /// @inheritdoc IWritersRooms
    function openRoom(uint24 productionId, uint16 episodes) external {
        PRODUCTIONS.requireOpen(productionId, msg.sender);
        require(_rooms[productionId].episodes == 0, RoomIsOpen(productionId));
        require(episodes > 0, NoEpisodes(productionId));
        uint16 version = RATE_CARD.currentVersion();
        uint8 needed = RATE_CARD.minimumRoom(version, episodes);
        _rooms[productionId] = RoomSlot(episodes, version, needed, 0, 0, 0);
        emit RoomOpened(productionId, version, episodes, needed);
    }

    /// @inheritdoc IWritersRooms
    function setEpisodes(uint24 productionId, uint16 episodes) external {
        PRODUCTIONS.requireOpen(productionId, msg.sender);
        RoomSlot storage room = _room(productionId);
        require(episodes > 0, NoEpisodes(productionId));
        uint8 needed = RATE_CARD.minimumRoom(room.rateCardVersion, episodes);
        (room.episodes, room.needed) = (episodes, needed);
        emit RoomResized(productionId, episodes, needed);
    }

    /// @inheritdoc IWritersRooms
    function joinRoom(Join calldata j, bytes calldata signature) external {
        PRODUCTIONS.requireOpen(j.productionId, msg.sender);
        RoomSlot storage room = _room(j.productionId);
        uint256 first = _firstWeek(j);
        bytes32 structHash = keccak256(
            abi.encode(JOIN_TYPEHASH, j.productionId, j.memberId, j.starts, j.wholeWeeks, j.nonce, j.deadline)
        );
        _takeConsent(j.memberId, j.nonce, j.deadline, structHash, signature);

        Writer storage writer = _onRoll(j.productionId, j.memberId, room);
        if (writer.firstWeek == 0 || j.starts < writer.firstWeek) writer.firstWeek = j.starts;
        _addWeeks(j.productionId, j.memberId, first, first + j.wholeWeeks);
        emit WriterJoined(j.productionId, j.memberId, j.starts, j.wholeWeeks, j.nonce);
        if (room.team != 0 && writer.team != room.team) _endTeam(j.productionId, j.memberId, room);
    }

    /// @inheritdoc IWritersRooms
    function leaveRoom(Leave calldata leaving, bytes calldata signature) external {
        _takeLeave(leaving, signature);
        RoomSlot storage room = _room(leaving.productionId);
        Writer storage writer = _writers[leaving.productionId][leaving.memberId];
        uint256 next = block.timestamp.weekOf() + 1;
        bool left = _removeWeeks(leaving.productionId, leaving.memberId, next);
        bool ofTeam = room.team != 0 && writer.team == room.team;
        require(left || ofTeam, NotInRoom(leaving.productionId, leaving.memberId));

        uint40 until = next.startOf();
        bool neverWrote = writer.team == 0 && writer.firstWeek >= until;
        if (neverWrote) {
            delete _writers[leaving.productionId][leaving.memberId];
            room.roll--;
        }
        emit WriterLeft(leaving.productionId, leaving.memberId, until, neverWrote);
        if (ofTeam) _endTeam(leaving.productionId, leaving.memberId, room);
    }

    /// @inheritdoc IWritersRooms
    function declareTeam(uint24 productionId, Signature[] calldata signatures) external {
        PRODUCTIONS.requireOpen(productionId, msg.sender);
        RoomSlot storage room = _room(productionId);
        uint24[] memory writers = _signers(signatures);
        bytes32 writersHash = keccak256(abi.encodePacked(writers));
        uint16 team = room.lastTeam + 1;
        for (uint256 i = 0; i < signatures.length; i++) {
            Signature calldata s = signatures[i];
            bytes32 structHash =
                keccak256(abi.encode(TEAM_TYPEHASH, productionId, s.memberId, writersHash, s.nonce, s.deadline));
            _takeConsent(s.memberId, s.nonce, s.deadline, structHash, s.signature);
            _onRoll(productionId, s.memberId, room).team = team;
        }
        require(room.roll == writers.length, NotSole(productionId, writers.length, room.roll));
        (room.team, room.lastTeam) = (team, team);
        emit SoleTeamDeclared(productionId, team, writers);
    }

    /// @inheritdoc IWritersRooms
    function openPool(uint24 productionId) external returns (uint32 poolId) {
        PRODUCTIONS.requireOpen(productionId, msg.sender);
        _room(productionId);
        return _openPool(productionId);
    }

    /// @inheritdoc IWritersRooms
    function requireRoom(uint24 productionId) external view {
        RoomSlot memory room = _room(productionId);
        if (room.team != 0) return;
        uint8 writers = writersAt(productionId, block.timestamp);
        require(writers >= room.needed, RoomTooShort(productionId, writers, room.needed));
    }

    /// @inheritdoc IWritersRooms
    function roomOf(uint24 productionId) external view returns (Room memory) {
        RoomSlot memory room = _room(productionId);
        uint8 writers = writersAt(productionId, block.timestamp);
        return Room(room.episodes, room.rateCardVersion, writers, room.needed, room.roll, room.team);
    }

    /// @inheritdoc IWritersRooms
    function writerOf(uint24 productionId, uint24 memberId) external view returns (Writer memory) {
        return _writers[productionId][memberId];
    }

    function _takeLeave(Leave calldata leaving, bytes calldata signature) private {
        if (signature.length == 0) return MEMBERS.requireRevoker(leaving.memberId, msg.sender, 0, signature);
        // A nonce, because who left may have joined again since.
        bytes32 structHash = keccak256(
            abi.encode(LEAVE_TYPEHASH, leaving.productionId, leaving.memberId, leaving.nonce, leaving.deadline)
        );
        _takeConsent(leaving.memberId, leaving.nonce, leaving.deadline, structHash, signature);
    }

    /// @dev The writer, put on the roll if they aren't on it.
    function _onRoll(uint24 productionId, uint24 memberId, RoomSlot storage room)
        private
        returns (Writer storage writer)
    {
        writer = _writers[productionId][memberId];
        if (!writer.onRoll) {
            require(room.roll < MOST_WRITERS, RoomIsFull(productionId));
            writer.onRoll = true;
            room.roll++;
        }
    }

    function _endTeam(uint24 productionId, uint24 memberId, RoomSlot storage room) private {
        emit SoleTeamEnded(productionId, room.team, memberId);
        room.team = 0;
    }

    function _room(uint24 productionId) private view returns (RoomSlot storage room) {
        room = _rooms[productionId];
        require(room.episodes > 0, NoRoom(productionId));
    }

    /// @inheritdoc ContributionStatements
    function _rollOf(uint24 productionId) internal view override returns (uint256) {
        return _rooms[productionId].roll;
    }

    /// @inheritdoc ContributionStatements
    function _isOnRoll(uint24 productionId, uint24 memberId) internal view override returns (bool) {
        return _writers[productionId][memberId].onRoll;
    }

    function _firstWeek(Join calldata j) private view returns (uint256 week) {
        uint256 today = block.timestamp.weekOf();
        require(j.starts >= today.startOf(), PastWeek(j.starts, today.startOf()));
        week = uint256(j.starts).weekOf();
        require(
            week.startOf() == j.starts && week <= today + MOST_WEEKS && j.wholeWeeks > 0 && j.wholeWeeks <= MOST_WEEKS,
            BadWeeks(j.starts, j.wholeWeeks)
        );
    }

    function _signers(Signature[] calldata signatures) private pure returns (uint24[] memory writers) {
        require(signatures.length > 0, MembersNotAscending(0));
        writers = new uint24[](signatures.length);
        uint24 last;
        for (uint256 i = 0; i < signatures.length; i++) {
            require(signatures[i].memberId > last, MembersNotAscending(i));
            last = writers[i] = signatures[i].memberId;
        }
    }
}
