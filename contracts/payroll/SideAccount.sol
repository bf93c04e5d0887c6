// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SignedLanes} from "./SignedLanes.sol";

/// @title Dues, benefits and levy: what is owed to the union, the plan and the fund
/// @dev Streams bring equal whole units per cycle; one word per cycle holds the changes of all three, shared by all
/// members. What doesn't divide goes to plan and fund at once.
library SideAccount {
    struct Parts {
        uint64 dues;
        uint64 benefits;
        uint64 levy;
    }

    struct Account {
        Parts owed;
        uint16 settledTo;
        Parts rate;
        mapping(uint256 cycle => uint256 lanes) deltas;
    }

    /// @notice Adds parts that stream evenly over [firstCycle, lastCycle]; dues must divide by their number.
    /// @return benefitsNow What doesn't divide and is owed at once.
    /// @return levyNow The same for the levy.
    function add(Account storage a, uint256 dues, uint256 benefits, uint256 levy, uint256 firstCycle, uint256 lastCycle)
        internal
        returns (uint256 benefitsNow, uint256 levyNow)
    {
        unchecked {
            uint256 cycles = lastCycle - firstCycle + 1;
            benefitsNow = benefits % cycles;
            levyNow = levy % cycles;
            int256 duesEach = int256(dues / cycles);
            int256 benefitsEach = int256(benefits / cycles);
            int256 levyEach = int256(levy / cycles);
            _change(a, firstCycle, duesEach, benefitsEach, levyEach);
            _change(a, lastCycle + 1, -duesEach, -benefitsEach, -levyEach);
        }
    }

    /// @notice Takes back what these parts stream from cycle `from` on.
    function cut(Account storage a, Parts memory total, uint256 firstCycle, uint256 lastCycle, uint256 from)
        internal
        returns (Parts memory back)
    {
        uint256 cycles = lastCycle - firstCycle + 1;
        uint256 left = lastCycle - from + 1;
        uint256 duesEach = total.dues / cycles;
        uint256 benefitsEach = total.benefits / cycles;
        uint256 levyEach = total.levy / cycles;
        _change(a, from, -int256(duesEach), -int256(benefitsEach), -int256(levyEach));
        _change(a, lastCycle + 1, int256(duesEach), int256(benefitsEach), int256(levyEach));
        back = Parts(uint64(duesEach * left), uint64(benefitsEach * left), uint64(levyEach * left));
    }

    /// @notice Settles what streamed before `today`.
    function settle(Account storage a, uint16 today) internal {
        Parts memory owed = a.owed;
        Parts memory rate = a.rate;
        for (uint256 cycle = a.settledTo; cycle < today; cycle++) {
            uint256 lanes = a.deltas[cycle];
            if (lanes != 0) {
                rate.dues = _moved(rate.dues, lanes, 0);
                rate.benefits = _moved(rate.benefits, lanes, 1);
                rate.levy = _moved(rate.levy, lanes, 2);
            }
            owed.dues += rate.dues;
            owed.benefits += rate.benefits;
            owed.levy += rate.levy;
        }
        a.owed = owed;
        a.rate = rate;
        a.settledTo = today;
    }

    function _change(Account storage a, uint256 cycle, int256 dues, int256 benefits, int256 levy) private {
        uint256 lanes = a.deltas[cycle];
        lanes = SignedLanes.add(lanes, 0, dues);
        lanes = SignedLanes.add(lanes, 1, benefits);
        a.deltas[cycle] = SignedLanes.add(lanes, 2, levy);
    }

    function _moved(uint64 rate, uint256 lanes, uint256 lane) private pure returns (uint64) {
        int256 moved = int256(uint256(rate)) + SignedLanes.get(lanes, lane);
        assert(moved >= 0 && moved <= int256(uint256(type(uint64).max)));
        return uint64(uint256(moved));
    }
}
