// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IPayroll} from "../interfaces/IPayroll.sol";
import {MemberBooks} from "./MemberBooks.sol";
import {PoolSlots} from "./PoolSlots.sol";
import {SideAccount} from "./SideAccount.sol";
import {LicenceWord, ProductionWord} from "./Words.sol";

/// @title All that payroll stores, and the clock it runs by
/// @dev `Payroll` and the code for pools that it delegates to both inherit this and store nothing else, so that they
/// agree on where everything is.
abstract contract PayrollState {
    using SafeCast for uint256;

    /// @dev Structs of one word, because a pointer to them saves hashing the key twice.
    struct ProductionSlot {
        ProductionWord word;
    }

    /// @notice The dollar everything is paid in.
    IERC20 public immutable TOKEN;

    /// @notice Length of a payroll cycle.
    uint40 public immutable CYCLE_SECONDS;

    /// @notice Start of cycle 0.
    uint40 public immutable EPOCH;

    MemberBooks.State internal _members;
    mapping(uint24 productionId => ProductionSlot) internal _productions;
    mapping(uint256 licenceId => LicenceWord) internal _licences;
    SideAccount.Account internal _side;
    mapping(uint24 productionId => mapping(address module => bool)) internal _optedIn;
    PoolSlots.State internal _pools;

    constructor(IERC20Metadata token, uint40 cycleSeconds, uint40 epoch) {
        require(token.decimals() == 6, IPayroll.WrongToken(address(token), token.decimals()));
        require(cycleSeconds >= 1 days, IPayroll.CycleTooShort(cycleSeconds));
        TOKEN = token;
        CYCLE_SECONDS = cycleSeconds;
        EPOCH = epoch;
    }

    function _today() internal view returns (uint16) {
        return _cycleAt(block.timestamp);
    }

    function _cycleAt(uint256 time) internal view returns (uint16) {
        return ((time - EPOCH) / CYCLE_SECONDS).toUint16();
    }

    function _load(uint24 productionId) internal view returns (ProductionWord account) {
        account = _productions[productionId].word;
        require(account.isOpen(), IPayroll.NoProductionAccount(productionId));
    }

    function _loadSolvent(uint24 productionId) internal view returns (ProductionWord account) {
        account = _load(productionId);
        require(!account.inArrears(), IPayroll.InArrears(productionId));
    }
}
