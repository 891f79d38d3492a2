using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace LlmTelemetry.Usage;

/// <summary>
/// One finished call: who, what, how much, at what price, and how it ended. Exact and unbounded: no sampler, cardinality limit or
/// collection interval stands between a call and its event. Aggregates, records and callbacks are views of it.
/// </summary>
/// <remarks>Large; passed by reference. A sink that keeps it copies it.</remarks>
public struct UsageEvent
{
    private CallUsage _usage;
    private Cost _cost;

    /// <summary>Unique for this call in all processes, whether or not the provider gave the answer an id.</summary>
    public required Guid CallId { get; init; }

    /// <summary>When the call ended (UTC): the hour it is booked in.</summary>
    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>From the call's start to its end. For a stream: the provider's time; the consumer's own is left out.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>From the start to the first update of a stream; null when not streaming or when none arrived.</summary>
    public TimeSpan? TimeToFirstChunk { get; init; }

    /// <summary>What was done, as <c>gen_ai.operation.name</c> says it: <c>chat</c>.</summary>
    public required string Operation { get; init; }

    /// <summary><c>gen_ai.provider.name</c>: <c>anthropic</c>. Null when unknown.</summary>
    public string? Provider { get; init; }

    /// <summary>The model asked for. Null when the call named none.</summary>
    public string? RequestModel { get; init; }

    /// <summary>The model that answered. Null when the provider did not say.</summary>
    public string? ResponseModel { get; init; }

    /// <summary>The provider's id of the answer. Null when it gave none.</summary>
    public string? ResponseId { get; init; }

    /// <summary>The provider's service tier: <c>batch</c>, <c>priority</c> ... Null when it did not say.</summary>
    public string? ServiceTier { get; init; }

    /// <summary>Where the provider ran the call, as far as its prices differ by that: <c>us</c>, <c>eu</c>, <c>europe-west1</c>. Null when not known.</summary>
    public string? Region { get; init; }

    /// <summary>Whom the call is attributed to.</summary>
    public Attribution Attribution { get; init; }

    /// <summary>How it ended.</summary>
    public CallOutcome Outcome { get; init; }

    /// <summary>Status or provider code of a failure (<c>429</c>, <c>overloaded_error</c>), else the exception's type name. Null unless it failed.</summary>
    public string? ErrorType { get; init; }

    /// <summary>What went wrong in the words of the application, where it said so itself; null otherwise: a provider's message may quote the prompt.</summary>
    public string? ErrorText { get; init; }

    /// <summary>
    /// How many calls it counts as: 1. 0 for what is booked afterwards for a call that is counted already (a session's increments), more where one
    /// measurement holds several requests.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public long Calls
    {
        readonly get => field + 1; // Kept so that an event that says nothing is one call.
        init => field = value >= 0 ? value - 1 : throw new ArgumentOutOfRangeException(nameof(value), value, "There are no negative calls.");
    }

    /// <summary>
    /// Whether a cache of the application's own gave the answer: this was no call to the provider, nothing was used and nothing is to be paid.
    /// Implied by <see cref="SavedPico"/>.
    /// </summary>
    public bool IsCacheHit
    {
        readonly get => field || SavedPico is not null;
        init;
    }

    /// <summary>In pico-USD, what the answer of a cache would have cost. Null: this was a call to the provider, or the price is not known.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public Int128? SavedPico
    {
        get;
        init => field = !(value < 0) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Nothing is saved below 0.");
    }

    /// <summary>How well <see cref="Cost"/> is known.</summary>
    public CostQuality Quality { get; init; }

    /// <summary>Whether the provider's counts contradicted themselves (a part above its whole, a negative count, a sum that is not the total).</summary>
    public bool UsageInconsistent { get; init; }

    /// <summary>Whether <see cref="Usage"/> holds what the provider reported, or what was estimated where that is switched on; false: nothing is known, which is not 0.</summary>
    public bool HasUsage { get; private set; }

    /// <summary>Whether <see cref="Cost"/> is known; false: no usage or no price, which is not 0.</summary>
    public bool HasCost { get; private set; }

    /// <summary>
    /// What we charge for it, in pico-USD: <see cref="Cost"/> with markup or discount. Null where nothing is charged on, or the cost is not
    /// known. The provider's cost stays what it is.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public Int128? ChargePico
    {
        get;
        init => field = !(value < 0) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Nothing is charged below 0.");
    }

    /// <summary>What it used; meaningless unless <see cref="HasUsage"/>.</summary>
    [UnscopedRef]
    public readonly ref readonly CallUsage Usage => ref _usage;

    /// <summary>What it costs; meaningless unless <see cref="HasCost"/>.</summary>
    [UnscopedRef]
    public readonly ref readonly Cost Cost => ref _cost;

    /// <summary>The model that answered, else the model asked for.</summary>
    public readonly string? Model => ResponseModel ?? RequestModel;

    /// <summary>Sets what the call used.</summary>
    public void SetUsage(in CallUsage usage)
    {
        _usage = usage;
        HasUsage = true;
    }

    /// <summary>Sets what the call costs.</summary>
    public void SetCost(in Cost cost)
    {
        _cost = cost;
        HasCost = true;
    }

    /// <summary>
    /// The event's identity, the same for the same answer however often and wherever it is seen: a hash of provider and response id;
    /// <see cref="CallId"/> where the provider gave no id. Computed at each call.
    /// </summary>
    public readonly Guid GetId() =>
        ResponseId is null ? CallId : new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{Provider}\n{ResponseId}")).AsSpan(0, 16), bigEndian: true);
}
