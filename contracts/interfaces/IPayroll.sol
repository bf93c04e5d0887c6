// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRateCard} from "./IRateCard.sol";
import {LicenceWord} from "../payroll/Words.sol";
import {Charge} from "./Types.sol";

/// @title Payroll: the only holder of money
/// @notice Studio -> production account -> member, benefits plan, pipeline fund and union; or back to the studio what
/// it never owed. Amounts are base units of a six-decimal dollar. Time is cut into cycles; a cycle's streamed pay is
/// due when the cycle has ended, credits at once. Rounding is against the payer, and nothing is lost to it.
interface IPayroll {
    /// @param free Not owed to anybody; the studio may take it back.
    /// @param reserved Set aside for grants: iterations and premium floors, with benefits and levy.
    /// @param benefits Owed to the benefits plan, not yet remitted.
    /// @param levy Owed to the pipeline fund, not yet remitted.
    struct ProductionAccount {
        uint64 free;
        uint64 reserved;
        uint56 benefits;
        uint56 levy;
        bool open;
        bool inArrears;
    }

    /// @notice What a licence brought with it, and how much of the member's earnings count towards the ceiling.
    struct LicenceAccount {
        uint64 counted;
        uint64 ceiling;
        uint16 version;
        uint16 premiumShareBps;
        uint16 benefitsBps;
        uint16 backgroundBenefitsBps;
        uint16 duesBps;
        uint16 levyBps;
    }

    /// @param owed Net pay due and not yet paid.
    /// @param dues Union dues taken from credits, not yet passed on.
    /// @param agentOwed The agent's part of what accrued, not yet passed on.
    /// @param rate Net streamed pay of the cycle before `paidTo`.
    /// @param paidTo First cycle whose streamed pay is not yet in `owed`.
    /// @param agentRemainder Fraction of a unit (1/10,000) carried between splits with the agent.
    struct MemberAccount {
        uint64 owed;
        uint48 dues;
        uint48 agentOwed;
        uint48 rate;
        uint16 paidTo;
        uint16 agentBps;
        uint16 agentRemainder;
        bool agentPending;
    }

    /// @notice What a scene grant sets aside.
    /// @param price One iteration, gross.
    /// @param floor Least premium, gross.
    struct Reserve {
        uint24 productionId;
        uint24 memberId;
        uint256 grantId;
        uint64 fee;
        uint64 price;
        uint32 iterations;
        uint64 floor;
        bool background;
    }

    /// @notice A stream to open.
    /// @param ref The caller's number for what is streamed, e.g. the grant.
    /// @param floorHeld Floor still reserved for this ref, gross; released first.
    /// @param start Now, or earlier when arrears are collected.
    /// @param collecting Whether these are arrears, which the free balance is for.
    struct StreamOrder {
        uint24 productionId;
        uint24 memberId;
        uint256 ref;
        uint64 gross;
        uint64 floorHeld;
        uint40 start;
        uint40 end;
        bool background;
        bool collecting;
    }

    /// @notice A stream as its event gave it; whoever shortens one brings it along and the digest proves it.
    /// @param counted Part of `gross` that counted towards the benefits ceiling.
    struct Stream {
        uint40 start;
        uint40 end;
        uint64 gross;
        uint64 dues;
        uint64 benefits;
        uint64 levy;
        uint64 counted;
    }

    /// @notice A gross amount with what comes out of it (dues) and on top of it (benefits, levy).
    /// @param counted What counts, or no longer counts, towards the benefits ceiling.
    struct Parts {
        uint64 gross;
        uint64 dues;
        uint64 benefits;
        uint64 levy;
        uint64 counted;
    }

    event Funded(uint24 indexed productionId, address indexed from, uint64 amount);
    event TakenBack(uint24 indexed productionId, address indexed to, uint64 amount);

    /// @notice A charge to a production account and a credit to a member. Net pay is gross less dues; benefits and levy
    /// come on top. `licenceId` holds production and member; `ref` is the licence or grant.
    event Charged(uint256 indexed licenceId, uint256 indexed ref, Charge kind, Parts parts);

    /// @notice Iterations of a grant, paid out of its reserve: the cheap form of `Charged`, because it comes with every
    /// use. Production and member are the grant's.
    /// @param parts From the low end, 64 bits each: gross, dues, benefits, levy.
    event IterationsCharged(uint256 indexed grantId, uint256 parts);

    event Reserved(uint256 indexed licenceId, uint256 indexed grantId, uint64 amount, uint64 counted);
    event Released(uint256 indexed licenceId, uint256 indexed grantId, uint64 amount, uint64 uncounted);

    /// @notice Net pay (gross less dues) streams over [start, end). `floorReleased` left the reserve for it.
    event StreamOpened(uint256 indexed licenceId, uint256 indexed ref, Stream stream, uint64 floorReleased);

    /// @notice A stream pays nothing from `fromCycle` on; these parts of it went back to the production account. What
    /// dues, benefits and levy still had to stream beyond these is due at once.
    event StreamCut(uint256 indexed licenceId, uint256 indexed ref, uint16 fromCycle, Stream stream, Parts parts);

    /// @notice The production owes more than its balance can pay.
    event ArrearsBegan(uint24 indexed productionId);

    /// @notice All arrears are paid.
    event ArrearsEnded(uint24 indexed productionId);

    /// @notice A member was paid at `wallet`; dues and the agent's share of the same earnings were split off before.
    event Paid(
        uint24 indexed memberId,
        address indexed wallet,
        uint64 amount,
        uint64 agentShare,
        uint64 dues,
        uint16 throughCycle
    );

    /// @notice The wallet could not receive; the amount stays owed and is tried again at the next payday.
    event PayHeld(
        uint24 indexed memberId,
        address indexed wallet,
        uint64 amount,
        uint64 agentShare,
        uint64 dues,
        uint16 throughCycle
    );
    event WalletSet(uint24 indexed memberId, address indexed wallet);
    event WalletPending(uint24 indexed memberId, address indexed wallet, uint40 effectiveAt);
    event WalletChangeDropped(uint24 indexed memberId);
    event AgentAppointed(uint24 indexed memberId, address indexed agent, uint16 shareBps, uint16 fromCycle);
    event AgentPaid(address indexed agent, uint64 amount);
    event AgentPayHeld(address indexed agent, uint64 amount);

    /// @notice What a production's charges owed to plan and fund moved into the sums to be sent.
    event ProductionSwept(uint24 indexed productionId, uint64 benefits, uint64 levy);
    event Remitted(address indexed payee, uint64 benefits, uint64 levy, uint64 dues);
    event RemittanceHeld(address indexed payee, uint64 benefits, uint64 levy, uint64 dues);
    event ModuleOptedIn(uint24 indexed productionId, address indexed module, bool allowed);

    /// @notice Only the contract this step belongs to may call it. Use that contract.
    error NotTheModule(address caller);

    /// @notice The studio of this production has not opted in to being charged by that contract.
    error ModuleNotAllowed(uint24 productionId, address module);

    /// @notice Payroll keeps six-decimal dollars only. Deploy it with another token.
    error WrongToken(address token, uint8 decimals);

    /// @notice The token delivered another amount than was sent: it takes fees or rebases and can't be used.
    error InexactTransfer(uint256 expected, uint256 received);

    /// @notice A payroll cycle must be at least a day long: cycles are numbered in 16 bits.
    error CycleTooShort(uint256 cycleSeconds);

    /// @notice An address is missing, or is one that would swallow money. Give another.
    error BadPayee(address payee);

    /// @notice There is no account for this production. Register the production first.
    error NoProductionAccount(uint24 productionId);

    /// @notice There is no account for this member. Enrol the member first.
    error NoMemberAccount(uint24 memberId);

    /// @notice The production account holds too little. Fund the production with the difference.
    error InsufficientBalance(uint24 productionId, uint256 free, uint256 needed);

    /// @notice The production owes more than it has. Fund it first: arrears are collected from the next deposit.
    error InArrears(uint24 productionId);

    /// @notice Nothing to move. Give an amount above zero.
    error NothingToMove();

    /// @notice An agent's share is at most 1,000 basis points (10 %).
    error AgentShareTooLarge(uint16 shareBps);

    /// @notice Give the call more gas, or pay fewer members at once: every transfer must have its full allowance.
    error NotEnoughGas(uint256 left, uint256 needed);

    /// @notice A stream must end after it starts.
    error EmptyStream(uint40 start, uint40 end);

    /// @notice Moves dollars from the caller into a production account; collects arrears first. Anyone may fund.
    function fund(uint24 productionId, uint64 amount) external;

    /// @notice The same with an EIP-2612 permit of the caller's, in one transaction.
    function fundWithPermit(uint24 productionId, uint64 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external;

    /// @notice Gives a studio back what is neither owed nor reserved. Only the production's studio.
    function takeBack(uint24 productionId, uint64 amount, address to) external;

    /// @notice Pays these members all that is due, one transfer each. Anyone may call, as often as they like: who
    /// calls, when and in what batches changes nobody's total. A wallet that can't receive stays owed.
    /// @param maxCycles Most cycles to settle a member; bounds gas for one long idle.
    function payday(uint24[] calldata memberIds, uint16 maxCycles) external;

    /// @notice Pays agents what accrued to them. Anyone may call.
    function payAgents(address[] calldata agents) external;

    /// @notice Sends benefits, levy and dues to their payees, with what these productions owe. Anyone may call.
    function remit(uint24[] calldata productionIds) external;

    /// @notice Lets, or no longer lets, an admitted contract charge the production. Only its studio.
    function optIn(uint24 productionId, address module, bool allowed) external;

    /// @notice Opens a production's account. Only `Productions`.
    function openProductionAccount(uint24 productionId) external;
    /// @notice Opens a member's account with their first wallet. Only `Members`.
    function openMemberAccount(uint24 memberId, address wallet) external;
    /// @notice Changes a member's wallet at once, for a recovery. Only `Members`.
    function setWallet(uint24 memberId, address wallet) external;
    /// @notice Sets the wallet that takes over at `effectiveAt`, with the next payday. Only `Members`.
    function setPendingWallet(uint24 memberId, address wallet, uint40 effectiveAt) external;
    /// @notice Drops a pending wallet. Only `Members`.
    function cancelPendingWallet(uint24 memberId) external;
    /// @notice Sets a member's agent from the next cycle on. Only `Members`.
    function setAgent(uint24 memberId, address agent, uint16 shareBps) external;
    /// @notice Charges a licence and keeps its rates. Only `Licences`.
    function openLicence(
        uint24 productionId,
        uint24 memberId,
        IRateCard.Rates calldata rates,
        uint64 licenceFee,
        uint64 trainingFee
    ) external;
    /// @notice Charges the free balance for what `ref` names. Only `Licences`, and contracts opted in to.
    function charge(uint24 productionId, uint24 memberId, Charge kind, uint256 ref, uint64 gross) external;

    /// @notice Charges a scene fee and reserves iterations and floor with what comes on top. Only `SceneGrants`.
    /// @return counted Part of the iterations' gross that counts towards the benefits ceiling.
    function reserve(Reserve calldata r) external returns (uint64 counted);

    /// @notice Pays iterations out of the reserve. Every amount is per iteration, so that batches change nothing.
    /// @param countedLeft What is left of the counted part of the grant's iterations.
    /// @return counted How much of it these iterations used.
    function chargeIterations(
        uint24 productionId,
        uint24 memberId,
        uint256 grantId,
        uint256 price,
        uint256 iterations,
        uint256 countedLeft,
        bool background
    ) external returns (uint256 counted);

    /// @notice Returns unearned reserve to the production's free balance.
    function release(Reserve calldata r, uint64 countedLeft) external;

    /// @notice Opens a stream; what should have been paid already is credited at once.
    /// @return stream What streams; all zero if nothing does.
    /// @return owing Gross the balance can't pay; only the premiums' contract may leave any.
    function openStream(StreamOrder calldata order) external returns (Stream memory stream, uint64 owing);

    /// @notice Takes back what a stream has not yet earned, from the next cycle on. Only the premiums' contract, which
    /// knows which streams are live.
    /// @param most Most gross to take back; the rest streams on.
    /// @return returned Gross that went back.
    /// @return reopened The stream that goes on; all zero if none does.
    function cutStream(
        uint24 productionId,
        uint24 memberId,
        uint256 ref,
        bool background,
        uint64 most,
        Stream calldata stream
    ) external returns (uint64 returned, Stream memory reopened);

    /// @notice Notes that a production's arrears are all paid. Only the premiums' contract.
    function endArrears(uint24 productionId) external;

    /// @notice A production's account.
    function productionAccount(uint24 productionId) external view returns (ProductionAccount memory);
    /// @notice A licence's rates, and what counts towards its ceiling.
    function licenceAccount(uint24 productionId, uint24 memberId) external view returns (LicenceAccount memory);

    /// @notice The same in one word, as contracts read it.
    function licenceWord(uint256 licenceId) external view returns (LicenceWord);
    /// @notice A member's account as it was settled last; `due` looks at now.
    function memberAccount(uint24 memberId) external view returns (MemberAccount memory);

    /// @notice Net pay a payday now would send the member, and to which wallet.
    function due(uint24 memberId) external view returns (uint64 amount, address wallet);
    /// @notice The wallet that is to take over, and when; zeros when none is.
    function pendingWalletOf(uint24 memberId) external view returns (address wallet, uint40 effectiveAt);
    /// @notice What an agent can be paid now.
    function agentOwed(address agent) external view returns (uint64);
    /// @notice The cycle that a time (seconds) lies in.
    function cycleAt(uint256 time) external view returns (uint16);
    /// @notice First second of a cycle.
    function cycleStart(uint16 cycle) external view returns (uint40);
}
