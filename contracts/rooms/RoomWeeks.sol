// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Whole weeks, from Monday 00:00 UTC to the next
/// @notice A calendar is words of 32 weeks, a byte each. A writer's has 0 or 1 in it; a room's is the sum of its
/// writers', so both are read and changed by the same masks.
library RoomWeeks {
    uint256 private constant LANES = 32;
    uint256 private constant ONES = 0x0101010101010101010101010101010101010101010101010101010101010101;

    /// @dev The first of January 1970 was a Thursday.
    uint256 private constant AFTER_MONDAY = 3 days;

    /// @notice The number of the week that a time (seconds) is in.
    function weekOf(uint256 time) internal pure returns (uint256) {
        return (time + AFTER_MONDAY) / 1 weeks;
    }

    /// @notice The first second of a week, from 1 on.
    function startOf(uint256 week) internal pure returns (uint40) {
        return uint40(week * 1 weeks - AFTER_MONDAY);
    }

    /// @notice The word that a week is in.
    function wordOf(uint256 week) internal pure returns (uint256) {
        return week / LANES;
    }

    /// @notice A week's byte of its word.
    function laneOf(uint256 calendar, uint256 week) internal pure returns (uint8) {
        return uint8(calendar >> (week % LANES * 8));
    }

    /// @notice One in every week of [first, end) that a word holds.
    function onesIn(uint256 word, uint256 first, uint256 end) internal pure returns (uint256 ones) {
        uint256 begins = word * LANES;
        ones = ONES;
        if (first > begins) ones = ONES << ((first - begins) * 8);
        if (end < begins + LANES) ones &= (1 << ((end - begins) * 8)) - 1;
    }

    /// @notice The first week of a word that has anything in it, of which there is one.
    function firstOf(uint256 word, uint256 calendar) internal pure returns (uint256) {
        return word * LANES + Math.log256(calendar & (~calendar + 1));
    }
}
