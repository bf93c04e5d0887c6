// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CycleDeltas} from "./CycleDeltas.sol";
import {PoolIndex, PoolTerms} from "./PoolWords.sol";

/// @title Where ensemble pools are stored
library PoolSlots {
    struct Pool {
        PoolIndex index;
        PoolTerms terms;
    }

    /// @dev `earned` is how far the whole chunk is paid. Seats that were paid alone or have left are marked by a bit,
    /// and keep their own figure; while none is, a push reads nothing more.
    struct Chunk {
        bytes32 hash;
        uint128 earned;
        uint16 marked;
        mapping(uint256 word => uint256 bits) marks;
        mapping(uint256 seat => uint128 earned) seats;
    }

    struct State {
        uint32 count;
        mapping(uint32 poolId => Pool) pools;
        mapping(uint32 poolId => address) managers;
        mapping(uint32 poolId => CycleDeltas.Track) tracks;
        mapping(uint32 poolId => uint256 amount) reserved;
        mapping(uint256 key => Chunk) chunks;
    }

    /// @dev What a vacated seat has for its figure. No index gets there: it holds 64 bits of money.
    uint128 internal constant VACATED = type(uint128).max;

    function chunk(State storage s, uint32 poolId, uint16 number) internal view returns (Chunk storage) {
        return s.chunks[(uint256(poolId) << 16) | number];
    }

    function isMarked(Chunk storage c, uint256 seat) internal view returns (bool) {
        return c.marks[seat >> 8] & (1 << (seat & 0xff)) != 0;
    }

    /// @notice How far a seat is paid.
    function earnedBy(Chunk storage c, uint256 seat) internal view returns (uint128) {
        return isMarked(c, seat) ? c.seats[seat] : c.earned;
    }

    function mark(Chunk storage c, uint256 seat, uint128 earned) internal {
        if (!isMarked(c, seat)) {
            c.marks[seat >> 8] |= 1 << (seat & 0xff);
            c.marked++;
        }
        c.seats[seat] = earned;
    }

    function unmark(Chunk storage c, uint256 seat) internal {
        c.marks[seat >> 8] &= ~(1 << (seat & 0xff));
        c.marked--;
    }
}
