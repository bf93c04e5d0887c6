// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Schedules} from "./Schedules.sol";
import {SignedLanes} from "./SignedLanes.sol";

/// @title An account's rate of pay by cycle, as changes
/// @dev Four signed 64-bit changes share a word, and a bitmap marks the words in use: a thousand cycles without a
/// change cost one read. A payment function is written as its differences, so any number of streams add up in place.
library CycleDeltas {
    struct Track {
        mapping(uint256 word => uint256 lanes) words;
        mapping(uint256 index => uint256 bits) marks;
    }

    /// @dev Walks of at most so many words read them straight away: cheaper than asking the bitmap first.
    uint256 private constant SHORT_WALK_WORDS = 2;

    /// @notice Adds a schedule's pay to the track.
    function add(Track storage t, Schedules.Schedule memory s) internal {
        int256 last = int256(s.last);
        if (s.firstCycle == s.lastCycle) return _addPair(t, s.firstCycle, last, -last);
        int256 first = int256(s.first);
        int256 each = int256(s.each);
        unchecked {
            _addPair(t, s.firstCycle, first, each - first);
            _addPair(t, s.lastCycle, last - each, -last);
        }
    }

    /// @notice Takes a schedule's pay from `cycle` on off the track; `cycle` lies inside the schedule.
    function cut(Track storage t, Schedules.Schedule memory s, uint256 cycle) internal {
        int256 here = int256(cycle == s.lastCycle ? s.last : cycle == s.firstCycle ? s.first : s.each);
        if (cycle == s.lastCycle) return _addPair(t, cycle, -here, here);
        int256 each = int256(s.each);
        int256 last = int256(s.last);
        _addPair(t, cycle, -here, here - each);
        _addPair(t, s.lastCycle, each - last, last);
    }

    /// @notice Pay of the cycles [from, to), and the rate of the last of them, given the rate of the one before.
    function accrue(Track storage t, uint256 from, uint256 to, uint256 rate)
        internal
        view
        returns (uint256 accrued, uint256 newRate)
    {
        // Cycles are 16 bits, rates 64: nothing here can overflow, and a rate of pay is never negative.
        unchecked {
            uint256 limit = (to + 3) >> 2;
            bool short = limit - (from >> 2) <= SHORT_WALK_WORDS;
            uint256 cycle = from;
            while (cycle < to) {
                uint256 word = cycle >> 2;
                if (!short) {
                    word = _nextMarked(t, word, limit);
                    uint256 starts = word << 2;
                    if (starts >= to) return (accrued + rate * (to - cycle), rate);
                    if (starts > cycle) {
                        accrued += rate * (starts - cycle);
                        cycle = starts;
                    }
                }
                uint256 lanes = t.words[word];
                uint256 ends = (word + 1) << 2;
                if (ends > to) ends = to;
                if (lanes == 0) {
                    accrued += rate * (ends - cycle);
                    cycle = ends;
                }
                for (; cycle < ends; cycle++) {
                    rate = uint256(int256(rate) + SignedLanes.get(lanes, cycle & 3));
                    accrued += rate;
                }
            }
        }
        return (accrued, rate);
    }

    function _addPair(Track storage t, uint256 cycle, int256 here, int256 next) private {
        uint256 word = cycle >> 2;
        uint256 lane = cycle & 3;
        uint256 lanes = t.words[word];
        if (lanes == 0) _mark(t, word);
        lanes = SignedLanes.add(lanes, lane, here);
        if (lane < 3) {
            t.words[word] = SignedLanes.add(lanes, lane + 1, next);
            return;
        }
        t.words[word] = lanes;
        if (next == 0) return;
        lanes = t.words[++word];
        if (lanes == 0) _mark(t, word);
        t.words[word] = SignedLanes.add(lanes, 0, next);
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
}
