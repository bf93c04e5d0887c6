// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IWritersRooms} from "../interfaces/IWritersRooms.sol";
import {RoomWeeks} from "./RoomWeeks.sol";

/// @title Who writes when
abstract contract RoomCalendars is IWritersRooms {
    using RoomWeeks for uint256;

    uint256 internal constant MOST_WEEKS = 52;

    mapping(uint24 productionId => mapping(uint256 word => uint256 calendar)) private _counts;
    mapping(uint24 productionId => mapping(uint24 memberId => mapping(uint256 word => uint256 calendar))) private
        _weeks;

    /// @inheritdoc IWritersRooms
    function writesAt(uint24 productionId, uint24 memberId, uint256 time) external view returns (bool) {
        uint256 week = time.weekOf();
        return _weeks[productionId][memberId][week.wordOf()].laneOf(week) > 0;
    }

    /// @inheritdoc IWritersRooms
    function writersAt(uint24 productionId, uint256 time) public view returns (uint8) {
        uint256 week = time.weekOf();
        return _counts[productionId][week.wordOf()].laneOf(week);
    }

    function _addWeeks(uint24 productionId, uint24 memberId, uint256 first, uint256 end) internal {
        uint256 last = (end - 1).wordOf();
        for (uint256 word = first.wordOf(); word <= last; word++) {
            uint256 ones = word.onesIn(first, end);
            uint256 own = _weeks[productionId][memberId][word];
            if (own & ones != 0) {
                revert AlreadyInRoom(productionId, memberId, word.firstOf(own & ones).startOf());
            }
            _weeks[productionId][memberId][word] = own | ones;
            _counts[productionId][word] += ones;
        }
    }

    /// @dev Nobody can be in a week further ahead than the last start's last week.
    function _removeWeeks(uint24 productionId, uint24 memberId, uint256 first) internal returns (bool any) {
        uint256 end = first + 2 * MOST_WEEKS;
        uint256 last = (end - 1).wordOf();
        for (uint256 word = first.wordOf(); word <= last; word++) {
            uint256 own = _weeks[productionId][memberId][word];
            uint256 gone = own & word.onesIn(first, end);
            if (gone == 0) continue;
            any = true;
            _weeks[productionId][memberId][word] = own ^ gone;
            _counts[productionId][word] -= gone;
        }
    }
}
