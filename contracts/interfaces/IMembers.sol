// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Members of the trust
/// @notice A membership is a soulbound token (ERC-721 with ERC-5192) held by the member's consent key. Members are
/// numbers and keys here, never names.
interface IMembers {
    /// @notice What a member does for a living, as the union enrols it.
    enum Craft {
        PERFORMER,
        BACKGROUND_PERFORMER,
        STUNT_PERFORMER,
        VOICE_PERFORMER,
        WRITER
    }

    /// @notice Wish to be paid at another wallet.
    struct PayoutChange {
        uint24 memberId;
        address wallet;
        uint256 nonce;
        uint256 deadline;
    }

    /// @notice Names, or removes, somebody who may revoke for the member and never agree.
    struct Delegation {
        uint24 memberId;
        address delegate;
        bool allowed;
        uint256 nonce;
        uint256 deadline;
    }

    /// @notice Gives an agent a share of what the member is paid, from the next cycle on; 0 ends it.
    struct AgentAppointment {
        uint24 memberId;
        address agent;
        uint16 shareBps;
        uint256 nonce;
        uint256 deadline;
    }

    /// @notice A recovery that is under way: a new payout wallet, and optionally a new consent key.
    struct Recovery {
        address wallet;
        uint40 payoutFrom;
        address key;
        uint40 keyFrom;
        bool payoutMoved;
    }

    event MemberEnrolled(
        uint24 indexed memberId, address indexed key, address wallet, Craft craft, address guardian, uint40 adultAt
    );
    event PayoutChangeRequested(uint24 indexed memberId, address wallet, uint40 effectiveAt);
    event PayoutChangeCancelled(uint24 indexed memberId);
    event DelegateSet(uint24 indexed memberId, address indexed delegate, bool allowed);
    event RecoveryStarted(
        uint24 indexed memberId, address wallet, address key, uint40 payoutFrom, uint40 keyFrom, bytes32 evidenceHash
    );
    event RecoveryCancelled(uint24 indexed memberId);
    event PayoutRecovered(uint24 indexed memberId, address wallet);
    event KeyReplaced(uint24 indexed memberId, address indexed oldKey, address indexed newKey);

    /// @notice A member withdrew a consent before it was used.
    event ConsentCancelled(uint24 indexed memberId, uint256 indexed nonce);

    /// @notice The consent's deadline has passed. Ask the member for a new signature.
    error ConsentExpired(uint256 deadline, uint256 nowSeconds);

    /// @notice This consent was already used or was cancelled by the member. Ask for a new one with a fresh nonce.
    error ConsentSpent(uint24 memberId, uint256 nonce);

    /// @notice Only the member, a guardian or a delegate may do this. Send it from their key, or relay their signature.
    error NotTheMember(uint24 memberId, address caller);

    /// @notice Only the contracts of this deployment take consents. Use the contract that the consent names.
    error NotAConsentTaker(address caller);

    /// @notice A membership stays with its member. Use recovery for a lost key or an estate.
    error Soulbound(uint256 tokenId);

    /// @notice There is no member with this number. Enrol the member first.
    error UnknownMember(uint24 memberId);

    /// @notice An address is missing. Give a real one.
    error ZeroAddress();

    /// @notice A minor needs a guardian, and a guardian is only for a minor. Give both guardian and adultAt, or neither.
    error GuardianMismatch(address guardian, uint40 adultAt);

    /// @notice The signature is not this member's (or the guardian's, for a minor) over exactly these fields, on this
    /// chain, for this contract. Build the typed data again and have the member sign it.
    error InvalidConsent(uint24 memberId, bytes32 digest);

    /// @notice No recovery is under way for this member.
    error NoRecovery(uint24 memberId);

    /// @notice A recovery is already under way. Wait for it or cancel it.
    error RecoveryPending(uint24 memberId);

    /// @notice Too early. Try again from the time given (seconds).
    error TooEarly(uint40 from);

    /// @notice Enrols a member. Only the union's enroller.
    /// @param key Consent key: signs scan and scene consents; may be a contract wallet (ERC-1271).
    /// @param wallet Where the member is paid; may equal the key.
    /// @param guardian Signs for the member until `adultAt`; zero for an adult.
    function enrol(address key, address wallet, Craft craft, address guardian, uint40 adultAt)
        external
        returns (uint24 memberId);

    /// @notice Withdraws an unused consent for good, whatever it was for: a nonce serves one consent of any kind. By the
    /// member, guardian or delegate, or relayed with a `ConsentCancellation(uint24 memberId,uint256 nonce)` signature.
    /// @param signature Empty when the caller is the member, guardian or delegate.
    function cancelConsent(uint24 memberId, uint256 nonce, bytes calldata signature) external;

    /// @notice Takes a consent for one of this deployment's contracts: in time, not spent, signed. Spends the nonce;
    /// nonces are unordered.
    function takeConsent(uint24 memberId, uint256 nonce, uint256 deadline, bytes32 digest, bytes calldata signature)
        external;

    /// @notice Asks to be paid at another wallet, after `PAYOUT_DELAY`. By the member, or relayed with the signature.
    function requestPayoutChange(PayoutChange calldata change, bytes calldata signature) external;

    /// @notice Drops a payout change that has not taken effect. By the member, guardian or delegate, or relayed with a
    /// `PayoutCancellation(uint24 memberId,address wallet,uint40 effectiveAt)` signature over the pending change.
    function cancelPayoutChange(uint24 memberId, bytes calldata signature) external;

    /// @notice Names or removes a delegate. By the member, or relayed with the signature.
    function setDelegate(Delegation calldata delegation, bytes calldata signature) external;

    /// @notice Appoints or dismisses an agent. By the member, or relayed with the signature.
    function appointAgent(AgentAppointment calldata appointment, bytes calldata signature) external;

    /// @notice Starts the recovery of a lost key or an estate. Only the steward. Moves the payout after
    /// `RECOVERY_DELAY`, and the consent key, if a new one is given, after as long again. The old key can cancel.
    function startRecovery(uint24 memberId, address wallet, address key, bytes32 evidenceHash) external;

    /// @notice Ends a recovery. By the member or guardian, or relayed with a
    /// `RecoveryCancellation(uint24 memberId,uint40 payoutFrom)` signature.
    function cancelRecovery(uint24 memberId, bytes calldata signature) external;

    /// @notice Moves the payout once the delay has passed. Anyone may call.
    function finishRecovery(uint24 memberId) external;

    /// @notice Hands the membership to the new consent key once both delays have passed. Anyone may call.
    function adoptKey(uint24 memberId) external;

    /// @notice Reverts unless `caller` may revoke for the member, or a signature of the member's over `digest` is given.
    function requireRevoker(uint24 memberId, address caller, bytes32 digest, bytes calldata signature) external view;

    /// @notice Whether the nonce was used or cancelled.
    function consentSpent(uint24 memberId, uint256 nonce) external view returns (bool);

    /// @notice Reverts unless `signature` is the member's over `digest`; a minor's guardian signs instead.
    function requireSigned(uint24 memberId, bytes32 digest, bytes calldata signature) external view;

    /// @notice Whose signature binds the member now: the consent key, or a minor's guardian.
    function signerOf(uint24 memberId) external view returns (address);

    /// @notice Whether `who` may revoke for the member: the signer, the key itself, or a delegate.
    function mayRevoke(uint24 memberId, address who) external view returns (bool);

    /// @notice Whether the member is a minor at the given time (seconds).
    function minorAt(uint24 memberId, uint256 time) external view returns (bool);

    /// @notice The recovery under way, all zero if none.
    function recoveryOf(uint24 memberId) external view returns (Recovery memory);

    /// @notice How many members were enrolled; numbers run from 1.
    function memberCount() external view returns (uint24);
}
