// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnsemblePools} from "./IEnsemblePools.sol";

/// @title Writers' rooms
/// @notice A production that uses AI in its writing keeps a minimum of human writers, by its number of episodes, as the
/// rate card says. Writers join for whole weeks, which run from Monday 00:00 UTC to the next. While a room has too few
/// writers this week, script work with AI is refused. Exempt is a sole writer, or a team, that writes every episode.
///
/// Who ever wrote for a production is on its roll. The room's writers share an ensemble pool by contribution: a
/// statement of shares that everybody signs whom it names, names everybody on the roll.
interface IWritersRooms {
    /// @notice A room as it is now.
    /// @param writers How many write this week.
    /// @param needed Least writers, by the rate card version the room was opened under.
    /// @param roll How many ever wrote for the production; at most 255.
    /// @param team Number of the sole team that is exempt; 0: none is.
    struct Room {
        uint16 episodes;
        uint16 rateCardVersion;
        uint8 writers;
        uint8 needed;
        uint8 roll;
        uint16 team;
    }

    /// @notice A writer of a room.
    /// @param firstWeek Start of the first week joined, seconds; 0 without any.
    /// @param team Number of the last sole team that the writer was of; 0: none.
    struct Writer {
        bool onRoll;
        uint40 firstWeek;
        uint16 team;
    }

    /// @notice What a writer signs to join: `RoomJoin`, these fields.
    /// @param starts A Monday, 00:00 UTC: of this week, or of one of the next 52.
    /// @param wholeWeeks How many weeks; 1 to 52.
    struct Join {
        uint24 productionId;
        uint24 memberId;
        uint40 starts;
        uint16 wholeWeeks;
        uint256 nonce;
        uint256 deadline;
    }

    /// @notice What a writer signs to leave: `RoomLeave`, these fields.
    struct Leave {
        uint24 productionId;
        uint24 memberId;
        uint256 nonce;
        uint256 deadline;
    }

    /// @notice A signature of one of several who sign the same, each with a nonce and a deadline of their own.
    struct Signature {
        uint24 memberId;
        uint256 nonce;
        uint256 deadline;
        bytes signature;
    }

    /// @notice A writer's share of what the writing is worth; 0 for who is named and takes none.
    struct Contribution {
        uint24 memberId;
        uint16 shareBps;
    }

    /// @notice What writers sign about their pool:
    /// `ContributionStatement(uint32 poolId,uint24 memberId,uint16 version,bytes32 assetsRoot,Contribution[] contributions,
    /// uint256 nonce,uint256 deadline)Contribution(uint24 memberId,uint16 shareBps)`, `memberId` being who signs.
    /// @param version 1, then one more than the statement in force.
    /// @param assetsRoot Merkle root of the assets that the shares are about.
    /// @param contributions Writers ascending; shares sum to exactly 10,000.
    struct Statement {
        uint32 poolId;
        uint16 version;
        bytes32 assetsRoot;
        Contribution[] contributions;
    }

    event RoomOpened(uint24 indexed productionId, uint16 rateCardVersion, uint16 episodes, uint8 needed);
    event RoomResized(uint24 indexed productionId, uint16 episodes, uint8 needed);
    event WriterJoined(
        uint24 indexed productionId, uint24 indexed memberId, uint40 starts, uint16 wholeWeeks, uint256 nonce
    );

    /// @notice The writer writes until this second and no longer. `neverWrote` tells that they came off the roll.
    event WriterLeft(uint24 indexed productionId, uint24 indexed memberId, uint40 until, bool neverWrote);

    event SoleTeamDeclared(uint24 indexed productionId, uint16 indexed team, uint24[] writers);

    /// @notice The exemption ended: this member left the team, or joined the room beside it.
    event SoleTeamEnded(uint24 indexed productionId, uint16 indexed team, uint24 indexed memberId);

    event RoomPoolOpened(uint24 indexed productionId, uint32 indexed poolId);

    /// @notice The shares from now on. Each writer with a share has as many units of the pool, in this chunk.
    event ContributionsStated(
        uint32 indexed poolId,
        uint16 indexed version,
        bytes32 indexed assetsRoot,
        uint16 chunk,
        uint24[] writers,
        uint16[] sharesBps
    );

    /// @notice The production has no writers' room. Its studio opens one first.
    error NoRoom(uint24 productionId);

    /// @notice The room is open already. Change its number of episodes instead.
    error RoomIsOpen(uint24 productionId);

    /// @notice Fewer writers than needed write this week. Have more join, or declare the sole team.
    error RoomTooShort(uint24 productionId, uint8 writers, uint8 needed);

    /// @notice A room is for at least one episode; a film is one.
    error NoEpisodes(uint24 productionId);

    /// @notice A writer joins for 1 to 52 weeks, from a Monday 00:00 UTC that is at most 52 weeks ahead.
    error BadWeeks(uint40 starts, uint16 wholeWeeks);

    /// @notice The week is over. Join from this week on (seconds).
    error PastWeek(uint40 starts, uint40 thisWeek);

    /// @notice The writer is in the room in that week already (its start, seconds). Join for other weeks.
    error AlreadyInRoom(uint24 productionId, uint24 memberId, uint40 week);

    /// @notice Nothing is left to leave: the writer is in no later week and in no sole team.
    error NotInRoom(uint24 productionId, uint24 memberId);

    /// @notice A room's roll has room for 255 writers.
    error RoomIsFull(uint24 productionId);

    /// @notice More have written than the team. Name everybody; who ever wrote for the production is of the team or
    /// there is none.
    error NotSole(uint24 productionId, uint256 named, uint256 roll);

    /// @notice The members ascend, each once, and there is at least one. Sort them.
    error MembersNotAscending(uint256 position);

    /// @notice The pool isn't a writers' room's. Open it here.
    error NotARoomsPool(uint32 poolId);

    /// @notice A statement tells what it is about. Give the root of the assets.
    error NoAssets();

    /// @notice The shares must sum to exactly 10,000 basis points. Correct them.
    error SharesNotWhole(uint256 sumBps);

    /// @notice The next statement has another version. Sign that one.
    error WrongVersion(uint32 poolId, uint16 version, uint16 next);

    /// @notice The statement names too few who are on the room's roll. Name all, with a share of 0 if need be.
    error WriterLeftOut(uint32 poolId, uint256 named, uint256 roll);

    /// @notice This writer, of the new statement or the one before, didn't sign. Add the signature, in order.
    error SignerMissing(uint32 poolId, uint24 memberId);

    /// @notice This member is in neither statement, or signed already. Leave the signature out; signers ascend.
    error NotASigner(uint32 poolId, uint24 memberId);

    /// @notice Opens the room under the rate card in effect. Only the production's studio.
    function openRoom(uint24 productionId, uint16 episodes) external;

    /// @notice Changes the number of episodes; the rate card version stays. Only the production's studio.
    function setEpisodes(uint24 productionId, uint16 episodes) external;

    /// @notice Takes a writer into the room for whole weeks, by their signature. Only the production's studio. Ends the
    /// exemption of a sole team that the writer isn't of.
    function joinRoom(Join calldata joining, bytes calldata signature) external;

    /// @notice Takes a writer out of the room from the next week on, and ends the exemption of their sole team at once.
    /// By the member, guardian or delegate, or relayed with the signature.
    /// @param signature Empty when the caller is the member, guardian or delegate; nonce and deadline are then unused.
    function leaveRoom(Leave calldata leaving, bytes calldata signature) external;

    /// @notice Declares that these write every episode, one or a team: the room is exempt. Each signs
    /// `SoleTeam(uint24 productionId,uint24 memberId,uint24[] writers,uint256 nonce,uint256 deadline)`. Members ascend.
    /// Only the production's studio.
    function declareTeam(uint24 productionId, Signature[] calldata signatures) external;

    /// @notice Opens an ensemble pool for the production's writers, which only their statements seat. Only its studio.
    function openPool(uint24 productionId) external returns (uint32 poolId);

    /// @notice Seats the pool by a statement. Everybody it names, and everybody with a share by the one before, signs. What
    /// was earned until now is paid by the shares before. By anyone.
    /// @param previous The chunk of the statement before, as `PoolSeated` told; empty for the first.
    /// @param signatures Signers ascend.
    function stateContributions(
        Statement calldata statement,
        IEnsemblePools.Chunk calldata previous,
        Signature[] calldata signatures
    ) external;

    /// @notice Reverts with NoRoom or RoomTooShort while the production may not do script work with AI.
    function requireRoom(uint24 productionId) external view;

    /// @notice The production's room now; reverts with NoRoom when there is none.
    function roomOf(uint24 productionId) external view returns (Room memory);

    /// @notice A writer's place in a room; all zero for who was never in it.
    function writerOf(uint24 productionId, uint24 memberId) external view returns (Writer memory);

    /// @notice Whether the member writes for the production in the week of a time (seconds).
    function writesAt(uint24 productionId, uint24 memberId, uint256 time) external view returns (bool);

    /// @notice How many write for the production in the week of a time (seconds).
    function writersAt(uint24 productionId, uint256 time) external view returns (uint8);

    /// @notice A pool's production, and the version and chunk of the statement in force.
    function poolOf(uint32 poolId) external view returns (uint24 productionId, uint16 version, uint16 chunk);
}
