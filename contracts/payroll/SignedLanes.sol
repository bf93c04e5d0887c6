// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Four signed 64-bit lanes of a word
library SignedLanes {
    function get(uint256 lanes, uint256 lane) internal pure returns (int256) {
        unchecked {
            // forge-lint: disable-next-line(unsafe-typecast)
            return int64(uint64(lanes >> (lane << 6)));
        }
    }

    /// @notice Adds to one lane; the others stay.
    function add(uint256 lanes, uint256 lane, int256 amount) internal pure returns (uint256) {
        unchecked {
            uint256 shift = lane << 6;
            int256 sum = get(lanes, lane) + amount;
            // A sum of amounts that were funded fits; were it ever not so, nothing may be written.
            assert(sum >= type(int64).min && sum <= type(int64).max);
            // forge-lint: disable-next-line(unsafe-typecast)
            uint256 bits = uint64(int64(sum));
            return (lanes & ~(uint256(type(uint64).max) << shift)) | (bits << shift);
        }
    }
}
