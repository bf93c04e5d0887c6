// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title How an amount spreads over cycles
/// @notice Whole units per cycle: the first and last cycle are prorated by time, the cycles between get
/// floor(amount * cycle / duration), and the last takes what is left, so that the parts sum to the amount.
library Schedules {
    /// @dev Amounts are 64 bits, cycles 16; held as words because narrower types cost gas to keep clean.
    struct Schedule {
        uint256 firstCycle;
        uint256 lastCycle;
        uint256 first;
        uint256 each;
        uint256 last;
    }

    /// @notice Spreads an amount over [start, end), which isn't empty and doesn't begin before `epoch`.
    /// @param epoch Start of cycle 0, seconds.
    function spread(uint256 amount, uint256 start, uint256 end, uint256 epoch, uint256 cycleSeconds)
        internal
        pure
        returns (Schedule memory s)
    {
        // Times are 40 bits and the amount 64, so no product overflows; the parts are floors of shares of the amount
        // whose times sum to the duration, so the last is not negative.
        unchecked {
            uint256 firstCycle = (start - epoch) / cycleSeconds;
            uint256 lastCycle = (end - 1 - epoch) / cycleSeconds;
            s.firstCycle = firstCycle;
            s.lastCycle = lastCycle;
            if (firstCycle == lastCycle) {
                s.first = amount;
                s.last = amount;
                return s;
            }
            uint256 duration = end - start;
            uint256 first = amount * (epoch + (firstCycle + 1) * cycleSeconds - start) / duration;
            // Without cycles between, a stream shorter than a cycle would have an `each` above its amount, for nobody.
            uint256 each = lastCycle - firstCycle > 1 ? amount * cycleSeconds / duration : 0;
            s.first = first;
            s.each = each;
            s.last = amount - first - (lastCycle - firstCycle - 1) * each;
        }
    }

    /// @notice What the schedule pays from `cycle` on; `cycle` lies after the first and not after the last.
    function remaining(Schedule memory s, uint256 cycle) internal pure returns (uint256) {
        return (s.lastCycle - cycle) * s.each + s.last;
    }
}
