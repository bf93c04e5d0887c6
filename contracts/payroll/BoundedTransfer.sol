// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

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
        if (amount == 0) return true;
        require(gasleft() >= NEEDED_GAS, IPayroll.NotEnoughGas(gasleft(), NEEDED_GAS));
        bytes memory data = abi.encodeWithSignature("transfer(address,uint256)", to, amount);
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(0x00, 0)
            ok := call(TRANSFER_GAS, token, 0, add(data, 0x20), mload(data), 0x00, 0x20)
            ok := and(ok, or(iszero(returndatasize()), and(gt(returndatasize(), 0x1f), eq(mload(0x00), 1))))
        }
    }
}
