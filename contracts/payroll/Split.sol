// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Shares of an amount, in basis points, with the rounding in the name
library Split {
    uint256 internal constant WHOLE = 10_000;

    /// @dev Amounts fit 64 bits and bps 16, so the product can't overflow.
    function shareUp(uint256 amount, uint256 bps) internal pure returns (uint256) {
        unchecked {
            return (amount * bps + WHOLE - 1) / WHOLE;
        }
    }

    function shareDown(uint256 amount, uint256 bps) internal pure returns (uint256) {
        unchecked {
            return amount * bps / WHOLE;
        }
    }
}
