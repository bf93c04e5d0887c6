// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPayroll} from "../interfaces/IPayroll.sol";
import {BoundedTransfer} from "./BoundedTransfer.sol";
import {CycleDeltas} from "./CycleDeltas.sol";
import {MemberWord, WalletWord, WalletWords} from "./Words.sol";

/// @title What members are owed, and how they are paid
/// @dev A linked library: payday is one call for a whole batch, and Payroll has to fit the code size limit.
library MemberBooks {
    using CycleDeltas for CycleDeltas.Track;

    /// @dev A wallet in force (160 bits), and above it when the pending one takes over; 0 when none is pending.
    struct Wallet {
        WalletWord word;
    }

    /// @dev The agent now, and the one to come with the first cycle of theirs.
    struct Agency {
        address agent;
        address next;
        uint16 nextBps;
        uint16 fromCycle;
    }

    /// @dev A struct of one word, because a pointer to it saves hashing the key twice.
    struct Slot {
        MemberWord word;
    }

    struct State {
        mapping(uint24 memberId => Slot) accounts;
        mapping(uint24 memberId => CycleDeltas.Track) tracks;
        mapping(uint24 memberId => Wallet) wallets;
        mapping(uint24 memberId => address) pendingWallets;
        mapping(uint24 memberId => Agency) agencies;
        mapping(address agent => uint64) agentOwed;
    }

    uint16 private constant MAX_AGENT_BPS = 1000;

    /// @notice Settles and pays these members.
    /// @param today The cycle now; earlier ones are due.
    /// @return dues Union dues split off, to pass on.
    function payday(State storage s, address token, uint24[] calldata memberIds, uint16 maxCycles, uint16 today)
        external
        returns (uint64 dues)
    {
        for (uint256 i = 0; i < memberIds.length; i++) {
            dues += _payMember(s, token, memberIds[i], maxCycles, today);
        }
    }

    /// @notice Pays agents what accrued to them.
    function payAgents(State storage s, address token, address[] calldata agents) external {
        for (uint256 i = 0; i < agents.length; i++) {
            address agent = agents[i];
            uint64 amount = s.agentOwed[agent];
            if (amount == 0) continue;
            s.agentOwed[agent] = 0;
            if (BoundedTransfer.tryTransfer(token, agent, amount)) {
                emit IPayroll.AgentPaid(agent, amount);
            } else {
                s.agentOwed[agent] += amount;
                emit IPayroll.AgentPayHeld(agent, amount);
            }
        }
    }

    /// @notice Sets the payout wallet at once.
    function setWallet(State storage s, uint24 memberId, address wallet) external {
        _setWallet(s, memberId, wallet);
    }

    /// @notice Sets the wallet that takes over at `effectiveAt`.
    function setPendingWallet(State storage s, uint24 memberId, address wallet, uint40 effectiveAt) external {
        // A change that has already taken effect is not undone by the next wish.
        s.wallets[memberId].word = WalletWords.packed(promoteWallet(s, memberId), effectiveAt);
        s.pendingWallets[memberId] = wallet;
        emit IPayroll.WalletPending(memberId, wallet, effectiveAt);
    }

    /// @notice Drops a wallet change that has not taken effect.
    function cancelPendingWallet(State storage s, uint24 memberId) external {
        address current = promoteWallet(s, memberId);
        require(s.wallets[memberId].word.isPending(), IPayroll.NothingToMove());
        s.wallets[memberId].word = WalletWords.packed(current, 0);
        delete s.pendingWallets[memberId];
        emit IPayroll.WalletChangeDropped(memberId);
    }

    /// @notice Sets the agent from the next cycle on.
    function setAgent(State storage s, uint24 memberId, address agent, uint16 shareBps, uint16 today) external {
        require(shareBps <= MAX_AGENT_BPS, IPayroll.AgentShareTooLarge(shareBps));
        MemberWord account = _promoteAgent(s, memberId, s.accounts[memberId].word, today);
        Agency storage agency = s.agencies[memberId];
        agency.next = agent;
        agency.nextBps = shareBps;
        agency.fromCycle = today + 1;
        s.accounts[memberId].word = account.withAgentPending();
        emit IPayroll.AgentAppointed(memberId, agent, shareBps, today + 1);
    }

    /// @notice Brings a pending change of agent into force if its cycle has come.
    function promoteAgent(State storage s, uint24 memberId, uint16 today) external {
        s.accounts[memberId].word = _promoteAgent(s, memberId, s.accounts[memberId].word, today);
    }

    /// @notice Net pay a payday now would send, and where.
    function due(State storage s, uint24 memberId, uint16 today) external view returns (uint64 amount, address wallet) {
        MemberWord account = s.accounts[memberId].word;
        Agency memory agency = s.agencies[memberId];
        if (account.agentPending() && agency.fromCycle <= today) {
            account = _settle(s, memberId, account, agency.fromCycle).withAgent(agency.nextBps);
        }
        account = _settle(s, memberId, account, today);
        WalletWord w = s.wallets[memberId].word;
        return (account.owed(), w.isDue() ? s.pendingWallets[memberId] : w.current());
    }

    function _payMember(State storage s, address token, uint24 memberId, uint16 maxCycles, uint16 today)
        private
        returns (uint64 dues)
    {
        Slot storage slot = s.accounts[memberId];
        MemberWord account = slot.word;
        address wallet = promoteWallet(s, memberId);
        if (account.agentPending()) account = _promoteAgent(s, memberId, account, today);
        uint256 target = uint256(account.paidTo()) + maxCycles;
        account = _settle(s, memberId, account, target < today ? uint16(target) : today);
        slot.word = account.emptied();
        if (account.nothingDue()) return 0;

        uint64 amount = account.owed();
        uint64 agentShare = account.agentOwed();
        dues = account.dues();
        if (agentShare > 0) s.agentOwed[s.agencies[memberId].agent] += agentShare;
        if (amount == 0 || BoundedTransfer.tryTransfer(token, wallet, amount)) {
            emit IPayroll.Paid(memberId, wallet, amount, agentShare, dues, account.paidTo());
        } else {
            // Added to storage, not restored from memory: whatever the token did meanwhile stands.
            slot.word = slot.word.addOwed(amount);
            emit IPayroll.PayHeld(memberId, wallet, amount, agentShare, dues, account.paidTo());
        }
    }

    /// @dev Settles everything before the new agent's first cycle under the old agent, then switches.
    function _promoteAgent(State storage s, uint24 memberId, MemberWord account, uint16 today)
        private
        returns (MemberWord)
    {
        Agency storage agency = s.agencies[memberId];
        uint16 fromCycle = agency.fromCycle;
        if (!account.agentPending() || today < fromCycle) return account;
        account = _settle(s, memberId, account, fromCycle);
        if (account.agentOwed() > 0) s.agentOwed[agency.agent] += account.agentOwed();
        agency.agent = agency.next;
        return account.withAgent(agency.nextBps);
    }

    /// @notice The wallet to pay now; a pending one whose time has come takes over.
    function promoteWallet(State storage s, uint24 memberId) internal returns (address wallet) {
        WalletWord word = s.wallets[memberId].word;
        wallet = word.current();
        require(wallet != address(0), IPayroll.NoMemberAccount(memberId));
        if (word.isDue()) {
            wallet = s.pendingWallets[memberId];
            _setWallet(s, memberId, wallet);
        }
    }

    /// @notice The same for a member who is known to have an account.
    function payee(State storage s, uint24 memberId) internal returns (address) {
        WalletWord word = s.wallets[memberId].word;
        return word.isPending() ? promoteWallet(s, memberId) : word.current();
    }

    function _setWallet(State storage s, uint24 memberId, address wallet) private {
        s.wallets[memberId].word = WalletWords.packed(wallet, 0);
        delete s.pendingWallets[memberId];
        emit IPayroll.WalletSet(memberId, wallet);
    }

    function _settle(State storage s, uint24 memberId, MemberWord account, uint16 cycle)
        private
        view
        returns (MemberWord)
    {
        if (cycle <= account.paidTo()) return account;
        (uint256 accrued, uint256 rate) = s.tracks[memberId].accrue(account.paidTo(), cycle, account.rate());
        account = account.settledTo(cycle, rate);
        return accrued == 0 ? account : account.accrue(accrued);
    }
}
