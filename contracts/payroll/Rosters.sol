// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnsemblePools} from "../interfaces/IEnsemblePools.sol";

/// @title Rosters: seats of seven bytes, member (3) and units (4), members ascending
library Rosters {
    uint256 private constant SEAT_BYTES = 7;

    /// @dev A push of so many, to wallets that never held a dollar, takes 12 of the 16.7 million gas a transaction may.
    uint256 private constant MOST_SEATS = 400;

    function seats(bytes calldata roster) internal pure returns (uint256) {
        return roster.length / SEAT_BYTES;
    }

    function memberOf(uint256 seat) internal pure returns (uint24) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint24(seat >> 32);
    }

    function unitsOf(uint256 seat) internal pure returns (uint256) {
        return seat & type(uint32).max;
    }

    /// @notice Checks a roster.
    /// @return units Of all its seats.
    /// @return highest Its last member.
    function check(bytes calldata roster) internal pure returns (uint256 units, uint256 highest) {
        uint256 count = seats(roster);
        require(
            count > 0 && count <= MOST_SEATS && count * SEAT_BYTES == roster.length,
            IEnsemblePools.BadRoster(roster.length)
        );
        // Four hundred times 32 bits can't overflow.
        unchecked {
            for (uint256 i = 0; i < count; i++) {
                uint256 seat = seatAt(roster, i);
                uint256 more = unitsOf(seat);
                require(seat >> 32 > highest, IEnsemblePools.NotAscending(i));
                require(more > 0, IEnsemblePools.NoUnits(i));
                highest = seat >> 32;
                units += more;
            }
        }
    }

    /// @notice The seat at a position below the number of seats.
    /// @dev It is read whole, with one load: seven checked bytes would cost more than all the sums made with them. What
    /// lies behind the roster is shifted out.
    function seatAt(bytes calldata roster, uint256 position) internal pure returns (uint256 seat) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            seat := shr(200, calldataload(add(roster.offset, mul(position, SEAT_BYTES))))
        }
    }
}
