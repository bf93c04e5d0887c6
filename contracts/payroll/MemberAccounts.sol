// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IPayroll} from "../interfaces/IPayroll.sol";
import {CycleDeltas} from "./CycleDeltas.sol";
import {MemberBooks} from "./MemberBooks.sol";
import {MemberWord} from "./Words.sol";

/// @title Members' accounts, and the clock they run by
abstract contract MemberAccounts is IPayroll {
    using SafeCast for uint256;
    using MemberBooks for MemberBooks.State;

    /// @notice The dollar everything is paid in.
    IERC20 public immutable TOKEN;

    /// @notice Length of a payroll cycle.
    uint40 public immutable CYCLE_SECONDS;

    /// @notice Start of cycle 0.
    uint40 public immutable EPOCH;

    MemberBooks.State internal _members;

    constructor(IERC20 token, uint40 cycleSeconds) {
        require(cycleSeconds >= 1 days, CycleTooShort(cycleSeconds));
        TOKEN = token;
        CYCLE_SECONDS = cycleSeconds;
        EPOCH = uint40(block.timestamp) / cycleSeconds * cycleSeconds;
    }

    /// @inheritdoc IPayroll
    function cycleAt(uint256 time) public view returns (uint16) {
        return ((time - EPOCH) / CYCLE_SECONDS).toUint16();
    }

    /// @inheritdoc IPayroll
    function cycleStart(uint16 cycle) public view returns (uint40) {
        return EPOCH + uint40(cycle) * CYCLE_SECONDS;
    }

    /// @inheritdoc IPayroll
    function memberAccount(uint24 memberId) external view returns (MemberAccount memory) {
        return _members.accounts[memberId].word.unpack();
    }

    /// @inheritdoc IPayroll
    function due(uint24 memberId) external view returns (uint64 amount, address wallet) {
        return _members.due(memberId, _today());
    }

    /// @inheritdoc IPayroll
    function pendingWalletOf(uint24 memberId) external view returns (address wallet, uint40 effectiveAt) {
        return (_members.pendingWallets[memberId], _members.wallets[memberId].pendingFrom);
    }

    /// @inheritdoc IPayroll
    function agentOwed(address agent) external view returns (uint64) {
        return _members.agentOwed[agent];
    }

    /// @dev Adds net pay and dues to a member's account.
    function _credit(uint24 memberId, uint256 net, uint256 dues) internal {
        MemberBooks.Slot storage slot = _members.accounts[memberId];
        MemberWord account = slot.word;
        if (account.agentPending()) {
            _members.promoteAgent(memberId, _today());
            account = slot.word;
        }
        slot.word = account.accrue(net).addDues(dues);
    }

    function _track(uint24 memberId) internal view returns (CycleDeltas.Track storage) {
        return _members.tracks[memberId];
    }

    function _today() internal view returns (uint16) {
        return cycleAt(block.timestamp);
    }

    function _checkPayee(address payee) internal view {
        require(payee != address(0) && payee != address(this) && payee != address(TOKEN), BadPayee(payee));
    }
}
