// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IPayroll} from "../interfaces/IPayroll.sol";

/// @title An ERC-20 transfer that can fail without harm
/// @dev Assembly because Solidity can't call with both a gas cap and a bound on what comes back: a payee must be able
/// neither to burn the batch's gas nor to bomb it with return data. Tested in tests/contracts/test_hostile_wallets.py.
library BoundedTransfer {
    /// @notice Gas each transfer gets; a dollar transfer to a new wallet takes about 35,000.
    uint256 internal constant TRANSFER_GAS = 120_000;

    /// @notice Gas that must be left before a transfer: the allowance, the 64th the EVM keeps back, and the books.
    uint256 internal constant NEEDED_GAS = 180_000;

    /// @return ok Whether the token took it: the call succeeded and returned true, or nothing at all. False only when
    /// the token refused with its full gas allowance.
    function tryTransfer(address token, address to, uint256 amount) internal returns (bool ok) {
        require(gasleft() >= NEEDED_GAS, IPayroll.NotEnoughGas(gasleft(), NEEDED_GAS));
        bytes4 selector = IERC20.transfer.selector;
        // The call is laid out in free memory and leaves it free: a batch of hundreds doesn't pay for its growth.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, selector)
            mstore(add(data, 0x04), to)
            mstore(add(data, 0x24), amount)
            mstore(0x00, 0)
            ok := call(TRANSFER_GAS, token, 0, data, 0x44, 0x00, 0x20)
            ok := and(ok, or(iszero(returndatasize()), and(gt(returndatasize(), 0x1f), eq(mload(0x00), 1))))
        }
    }
}
