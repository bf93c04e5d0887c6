// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title How an amount spreads over cycles
/// @notice Whole units per cycle: the first and last cycle are prorated by time, the cycles between get
/// floor(amount * cycle / duration), and the last takes what is left, so that the parts sum to the amount.
library Schedules {
    using SafeCast for uint256;

    struct Schedule {
        uint16 firstCycle;
        uint16 lastCycle;
        uint64 first;
        uint64 each;
        uint64 last;
    }

    /// @param epoch Start of cycle 0, seconds.
    function spread(uint64 amount, uint40 start, uint40 end, uint40 epoch, uint40 cycleSeconds)
        internal
        pure
        returns (Schedule memory s)
    {
        s.firstCycle = (uint256(start - epoch) / cycleSeconds).toUint16();
        s.lastCycle = (uint256(end - 1 - epoch) / cycleSeconds).toUint16();
        if (s.firstCycle == s.lastCycle) {
            s.first = amount;
            s.last = amount;
            return s;
        }
        uint256 duration = end - start;
        uint256 firstEnds = uint256(epoch) + (uint256(s.firstCycle) + 1) * cycleSeconds;
        s.first = (uint256(amount) * (firstEnds - start) / duration).toUint64();
        s.each = (uint256(amount) * cycleSeconds / duration).toUint64();
        uint256 between = s.lastCycle - s.firstCycle - 1;
        s.last = (uint256(amount) - s.first - between * s.each).toUint64();
    }

    /// @notice What the schedule pays from `cycle` on; `cycle` lies after the first and not after the last.
    function remaining(Schedule memory s, uint16 cycle) internal pure returns (uint64) {
        return (uint256(s.lastCycle - cycle) * s.each + s.last).toUint64();
    }
}
