// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {MemberConsents} from "../consents/MemberConsents.sol";
import {IEnsemblePools} from "../interfaces/IEnsemblePools.sol";
import {IWritersRooms} from "../interfaces/IWritersRooms.sol";
import {Rosters} from "../payroll/Rosters.sol";

/// @title Pools of writers, seated by their statements of contribution
abstract contract ContributionStatements is IWritersRooms, MemberConsents {
    using Rosters for bytes;

    uint256 private constant WHOLE_BPS = 10_000;

    /// @dev Above every member's number.
    uint256 private constant NOBODY = type(uint256).max;

    bytes private constant CONTRIBUTION_TYPE = "Contribution(uint24 memberId,uint16 shareBps)";
    bytes32 private constant CONTRIBUTION_TYPEHASH = keccak256(CONTRIBUTION_TYPE);
    bytes32 private constant STATEMENT_TYPEHASH = keccak256(
        bytes.concat(
            "ContributionStatement(uint32 poolId,uint24 memberId,uint16 version,bytes32 assetsRoot,Contribution[] contributions,uint256 nonce,uint256 deadline)",
            CONTRIBUTION_TYPE
        )
    );

    /// @dev A room's pool, and the statement in force.
    struct PoolSlot {
        uint24 productionId;
        uint16 version;
        uint16 chunk;
    }

    IEnsemblePools private immutable POOLS;

    mapping(uint32 poolId => PoolSlot) private _pools;

    constructor(IEnsemblePools pools) {
        POOLS = pools;
    }

    /// @inheritdoc IWritersRooms
    function stateContributions(
        Statement calldata statement,
        IEnsemblePools.Chunk calldata previous,
        Signature[] calldata signatures
    ) external {
        uint32 poolId = statement.poolId;
        PoolSlot storage pool = _pools[poolId];
        require(pool.productionId != 0, NotARoomsPool(poolId));
        uint16 next = pool.version + 1;
        require(statement.version == next, WrongVersion(poolId, statement.version, next));
        require(statement.assetsRoot != 0, NoAssets());
        bytes[] memory rosters = new bytes[](1);
        rosters[0] = _rosterOf(pool.productionId, statement);
        uint256 leaving;
        if (next > 1) {
            // Its start and roster the pool checks.
            require(
                previous.poolId == poolId && previous.number == pool.chunk,
                IEnsemblePools.NotThisChunk(poolId, previous.number)
            );
            leaving = previous.roster.seats();
        }
        _takeAll(statement, previous.roster, leaving, signatures);

        // Who stays is seated before who goes leaves: what is below a unit then stays in the pool.
        uint16 chunk = POOLS.seat(poolId, rosters);
        (pool.version, pool.chunk) = (next, chunk);
        _tell(statement, chunk);
        if (next > 1) POOLS.unseat(previous, _positions(leaving));
    }

    /// @inheritdoc IWritersRooms
    function poolOf(uint32 poolId) external view returns (uint24 productionId, uint16 version, uint16 chunk) {
        PoolSlot memory pool = _pools[poolId];
        return (pool.productionId, pool.version, pool.chunk);
    }

    /// @dev How many ever wrote for the production.
    function _rollOf(uint24 productionId) internal view virtual returns (uint256);

    /// @dev Whether the member is one of them.
    function _isOnRoll(uint24 productionId, uint24 memberId) internal view virtual returns (bool);

    function _openPool(uint24 productionId) internal returns (uint32 poolId) {
        poolId = POOLS.openPool(productionId, false);
        _pools[poolId].productionId = productionId;
        emit RoomPoolOpened(productionId, poolId);
    }

    /// @dev Takes the signature of everybody who is in the old roster, in the new statement, or in both. All ascend.
    function _takeAll(
        Statement calldata statement,
        bytes calldata roster,
        uint256 leaving,
        Signature[] calldata signatures
    ) private {
        bytes32 contributionsHash = _contributionsHash(statement.contributions);
        uint256 i;
        uint256 j;
        for (uint256 k = 0; k < signatures.length; k++) {
            uint256 memberId = _first(statement, roster, leaving, i, j);
            if (i < leaving && Rosters.memberOf(roster.seatAt(i)) == memberId) i++;
            if (j < statement.contributions.length && statement.contributions[j].memberId == memberId) j++;
            uint24 signer = signatures[k].memberId;
            require(signer >= memberId, NotASigner(statement.poolId, signer));
            require(signer == memberId, SignerMissing(statement.poolId, uint24(memberId)));
            _take(statement, contributionsHash, signatures[k]);
        }
        uint256 missing = _first(statement, roster, leaving, i, j);
        require(missing == NOBODY, SignerMissing(statement.poolId, uint24(missing)));
    }

    function _take(Statement calldata statement, bytes32 contributionsHash, Signature calldata s) private {
        bytes32 structHash = keccak256(
            abi.encode(
                STATEMENT_TYPEHASH,
                statement.poolId,
                s.memberId,
                statement.version,
                statement.assetsRoot,
                contributionsHash,
                s.nonce,
                s.deadline
            )
        );
        _takeConsent(s.memberId, s.nonce, s.deadline, structHash, s.signature);
    }

    function _tell(Statement calldata statement, uint16 chunk) private {
        uint256 count = statement.contributions.length;
        uint24[] memory writers = new uint24[](count);
        uint16[] memory sharesBps = new uint16[](count);
        for (uint256 i = 0; i < count; i++) {
            (writers[i], sharesBps[i]) = (statement.contributions[i].memberId, statement.contributions[i].shareBps);
        }
        emit ContributionsStated(statement.poolId, statement.version, statement.assetsRoot, chunk, writers, sharesBps);
    }

    /// @dev The pool's roster: a unit a basis point. Checks order and sum, and that everybody on the roll is named.
    function _rosterOf(uint24 productionId, Statement calldata statement) private view returns (bytes memory roster) {
        uint256 sum;
        uint256 named;
        uint24 last;
        for (uint256 i = 0; i < statement.contributions.length; i++) {
            Contribution calldata c = statement.contributions[i];
            require(c.memberId > last, MembersNotAscending(i));
            last = c.memberId;
            if (_isOnRoll(productionId, last)) named++;
            sum += c.shareBps;
            if (c.shareBps > 0) roster = abi.encodePacked(roster, last, uint32(c.shareBps));
        }
        require(sum == WHOLE_BPS, SharesNotWhole(sum));
        uint256 roll = _rollOf(productionId);
        require(named == roll, WriterLeftOut(statement.poolId, named, roll));
    }

    /// @dev The lower of the next old and the next new writer; NOBODY after the last.
    function _first(Statement calldata statement, bytes calldata roster, uint256 leaving, uint256 i, uint256 j)
        private
        pure
        returns (uint256)
    {
        uint256 before = i < leaving ? Rosters.memberOf(roster.seatAt(i)) : NOBODY;
        uint256 named = j < statement.contributions.length ? statement.contributions[j].memberId : NOBODY;
        return Math.min(before, named);
    }

    function _contributionsHash(Contribution[] calldata contributions) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](contributions.length);
        for (uint256 i = 0; i < contributions.length; i++) {
            Contribution calldata c = contributions[i];
            hashes[i] = keccak256(abi.encode(CONTRIBUTION_TYPEHASH, c.memberId, c.shareBps));
        }
        return keccak256(abi.encodePacked(hashes));
    }

    function _positions(uint256 count) private pure returns (uint16[] memory positions) {
        positions = new uint16[](count);
        for (uint16 i = 0; i < count; i++) {
            positions[i] = i;
        }
    }
}
