// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

/// @title The union's roles
/// @notice OpenZeppelin's AccessManager, deployed as it is. Role numbers are in `trust.chain.deploy`.
contract TrustAccess is AccessManager {
    constructor(address initialAdmin) AccessManager(initialAdmin) {}
}
