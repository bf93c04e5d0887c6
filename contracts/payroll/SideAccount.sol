// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title Dues, benefits and levy: what is owed to the union, the plan and the fund
/// @dev Streams bring equal whole units per cycle; one word per cycle holds the changes of all three, shared by all
/// members. What doesn't divide goes to plan and fund at once.
library SideAccount {
    using SafeCast for uint256;
    using SafeCast for int256;

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
    /// @return atOnce What doesn't divide.
    function add(Account storage a, Parts memory total, uint16 firstCycle, uint16 lastCycle)
        internal
        returns (Parts memory atOnce)
    {
        uint64 cycles = lastCycle - firstCycle + 1;
        Parts memory each = _each(total, cycles);
        atOnce = Parts(0, total.benefits % cycles, total.levy % cycles);
        _change(a, firstCycle, each, 1);
        _change(a, uint256(lastCycle) + 1, each, -1);
    }

    /// @notice Takes back what these parts stream from cycle `from` on.
    function cut(Account storage a, Parts memory total, uint16 firstCycle, uint16 lastCycle, uint16 from)
        internal
        returns (Parts memory back)
    {
        Parts memory each = _each(total, lastCycle - firstCycle + 1);
        _change(a, from, each, -1);
        _change(a, uint256(lastCycle) + 1, each, 1);
        uint64 left = lastCycle - from + 1;
        back = Parts(each.dues * left, each.benefits * left, each.levy * left);
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

    function _each(Parts memory total, uint64 cycles) private pure returns (Parts memory) {
        return Parts(total.dues / cycles, total.benefits / cycles, total.levy / cycles);
    }

    function _change(Account storage a, uint256 cycle, Parts memory each, int256 sign) private {
        uint256 lanes = a.deltas[cycle];
        a.deltas[cycle] = _put(lanes, 0, each.dues, sign) | _put(lanes, 1, each.benefits, sign)
            | _put(lanes, 2, each.levy, sign);
    }

    /// @dev The changed lane, alone in its word.
    function _put(uint256 lanes, uint256 lane, uint64 amount, int256 sign) private pure returns (uint256) {
        int256 value = _lane(lanes, lane) + sign * int256(uint256(amount));
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint256(uint64(value.toInt64())) << (lane * 64);
    }

    function _moved(uint64 rate, uint256 lanes, uint256 lane) private pure returns (uint64) {
        return (int256(uint256(rate)) + _lane(lanes, lane)).toUint256().toUint64();
    }

    function _lane(uint256 lanes, uint256 lane) private pure returns (int256) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return int64(uint64(lanes >> (lane * 64)));
    }
}
