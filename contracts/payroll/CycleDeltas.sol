// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Schedules} from "./Schedules.sol";

/// @title An account's rate of pay by cycle, as changes
/// @dev Four signed 64-bit changes share a word, and a bitmap marks the words in use: a thousand cycles without a
/// change cost one read. A payment function is written as its differences, so any number of streams add up in place.
library CycleDeltas {
    using SafeCast for uint256;
    using SafeCast for int256;

    struct Track {
        mapping(uint256 word => uint256 lanes) words;
        mapping(uint256 index => uint256 bits) marks;
    }

    /// @notice Adds a schedule's pay to the track.
    function add(Track storage t, Schedules.Schedule memory s) internal {
        if (s.firstCycle == s.lastCycle) {
            _addPair(t, s.firstCycle, _signed(s.last), -_signed(s.last));
        } else {
            _addPair(t, s.firstCycle, _signed(s.first), _signed(s.each) - _signed(s.first));
            _addPair(t, s.lastCycle, _signed(s.last) - _signed(s.each), -_signed(s.last));
        }
    }

    /// @notice Takes a schedule's pay from `cycle` on off the track; `cycle` lies inside the schedule.
    function cut(Track storage t, Schedules.Schedule memory s, uint16 cycle) internal {
        int256 here = _signed(cycle == s.lastCycle ? s.last : cycle == s.firstCycle ? s.first : s.each);
        if (cycle == s.lastCycle) return _addPair(t, cycle, -here, here);
        _addPair(t, cycle, -here, here - _signed(s.each));
        _addPair(t, s.lastCycle, _signed(s.each) - _signed(s.last), _signed(s.last));
    }

    /// @notice Pay of the cycles [from, to), and the rate of the last of them, given the rate of the one before.
    function accrue(Track storage t, uint256 from, uint256 to, uint256 rate)
        internal
        view
        returns (uint256 accrued, uint256 newRate)
    {
        uint256 cycle = from;
        while (cycle < to) {
            uint256 word = _nextMarked(t, cycle >> 2, (to + 3) >> 2);
            uint256 wordStarts = Math.min(word << 2, to);
            if (wordStarts > cycle) {
                accrued += rate * (wordStarts - cycle);
                cycle = wordStarts;
            }
            if (cycle == to) break;
            uint256 lanes = t.words[word];
            uint256 wordEnds = Math.min((word + 1) << 2, to);
            for (; cycle < wordEnds; cycle++) {
                rate = uint256(int256(rate) + _lane(lanes, cycle & 3));
                accrued += rate;
            }
        }
        return (accrued, rate);
    }

    function _addPair(Track storage t, uint256 cycle, int256 here, int256 next) private {
        uint256 lane = cycle & 3;
        if (lane < 3) {
            _addLanes(t, cycle >> 2, lane, here, next);
        } else {
            _addLanes(t, cycle >> 2, 3, here, 0);
            _addLanes(t, (cycle >> 2) + 1, 0, next, 0);
        }
    }

    function _addLanes(Track storage t, uint256 word, uint256 lane, int256 here, int256 next) private {
        if (here == 0 && next == 0) return;
        uint256 lanes = t.words[word];
        if (lanes == 0) _mark(t, word);
        lanes = _put(lanes, lane, _lane(lanes, lane) + here);
        if (next != 0) lanes = _put(lanes, lane + 1, _lane(lanes, lane + 1) + next);
        t.words[word] = lanes;
    }

    function _mark(Track storage t, uint256 word) private {
        uint256 bits = t.marks[word >> 8];
        uint256 marked = bits | (1 << (word & 0xff));
        if (marked != bits) t.marks[word >> 8] = marked;
    }

    /// @dev First marked word at or after `word`, or `limit`.
    function _nextMarked(Track storage t, uint256 word, uint256 limit) private view returns (uint256) {
        while (word < limit) {
            uint256 bits = t.marks[word >> 8] >> (word & 0xff);
            if (bits != 0) return Math.min(word + Math.log2(bits & (~bits + 1)), limit);
            word = ((word >> 8) + 1) << 8;
        }
        return limit;
    }

    function _lane(uint256 lanes, uint256 lane) private pure returns (int256) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return int64(uint64(lanes >> (lane * 64)));
    }

    function _put(uint256 lanes, uint256 lane, int256 value) private pure returns (uint256) {
        // forge-lint: disable-next-line(unsafe-typecast)
        uint256 bits = uint256(uint64(value.toInt64()));
        return (lanes & ~(uint256(type(uint64).max) << (lane * 64))) | (bits << (lane * 64));
    }

    function _signed(uint64 amount) private pure returns (int256) {
        return int256(uint256(amount));
    }
}
