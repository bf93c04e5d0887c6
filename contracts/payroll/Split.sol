// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Shares of an amount, in basis points, with the rounding in the name
library Split {
    uint256 internal constant WHOLE = 10_000;

    /// @dev amount < 2^64 and bps <= 10,000, so the product fits and the result is at most the amount: truncation to
    /// 64 bits can't lose anything.
    function shareUp(uint64 amount, uint16 bps) internal pure returns (uint64) {
        unchecked {
            // forge-lint: disable-next-line(unsafe-typecast)
            return uint64((uint256(amount) * bps + WHOLE - 1) / WHOLE);
        }
    }

    function shareDown(uint64 amount, uint16 bps) internal pure returns (uint64) {
        unchecked {
            // forge-lint: disable-next-line(unsafe-typecast)
            return uint64((uint256(amount) * bps) / WHOLE);
        }
    }
}
