using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>One finished call as it is kept: what its <see cref="UsageEvent"/> said. No prompt, no answer.</summary>
public sealed record UsageRecord
{
    // Words of the application, not a name: more of them are kept.
    private const int MaxErrorText = 1024;

    /// <summary>The event's identity (<see cref="UsageEvent.GetId"/>): the same call has the same, wherever it is seen.</summary>
    public required Guid Id { get; init; }

    /// <summary>When the call ended (UTC).</summary>
    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>From its start to its end.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>From the start to the first update of a stream; null when not streaming.</summary>
    public TimeSpan? TimeToFirstChunk { get; init; }

    /// <summary><c>gen_ai.operation.name</c>: <c>chat</c>.</summary>
    public required string Operation { get; init; }

    /// <summary><c>gen_ai.provider.name</c>; null when unknown.</summary>
    public string? Provider { get; init; }

    /// <summary>The model that answered, else the model asked for; null when neither is known.</summary>
    public string? Model { get; init; }

    /// <summary>The model asked for; null when the call named none.</summary>
    public string? RequestModel { get; init; }

    /// <summary>The provider's id of the answer; null when it gave none.</summary>
    public string? ResponseId { get; init; }

    /// <summary>The provider's service tier; null when it did not say.</summary>
    public string? ServiceTier { get; init; }

    /// <summary>Where the provider ran the call; null when not known.</summary>
    public string? Region { get; init; }

    /// <summary>Whom the call is attributed to.</summary>
    public Attribution Attribution { get; init; }

    /// <summary>How it ended.</summary>
    public CallOutcome Outcome { get; init; }

    /// <summary>Status or provider code of a failure; null unless it failed.</summary>
    public string? ErrorType { get; init; }

    /// <summary>What went wrong in the words of the application; null otherwise.</summary>
    public string? ErrorText { get; init; }

    /// <summary>How many calls it counts as.</summary>
    public long Calls { get; init; } = 1;

    /// <summary>Whether a cache of the application's own gave the answer.</summary>
    public bool IsCacheHit { get; init; }

    /// <summary>Whether the provider's counts contradicted themselves.</summary>
    public bool UsageInconsistent { get; init; }

    /// <summary>How well <see cref="Cost"/> is known.</summary>
    public CostQuality Quality { get; init; }

    /// <summary>What it used; null: not known, which is not 0.</summary>
    public CallUsage? Usage { get; init; }

    /// <summary>What it cost by bucket, with the price version; null: not known, which is not 0.</summary>
    public Cost? Cost { get; init; }

    /// <summary>What is charged on in pico-USD; null where nothing is.</summary>
    public Int128? ChargePico { get; init; }

    /// <summary>What the answer of a cache would have cost in pico-USD; null where that is not known, or it was a call.</summary>
    public Int128? SavedPico { get; init; }

    /// <summary>Makes the record of an event. Names are kept as the ledger keeps them (<see cref="Attribution.Clean"/>), so that a filter finds the same calls in both.</summary>
    public static UsageRecord Of(in UsageEvent call) => new UsageRecord
    {
        Id = call.GetId(),
        EndedAt = call.EndedAt,
        Duration = call.Duration,
        TimeToFirstChunk = call.TimeToFirstChunk,
        Operation = call.Operation,
        Provider = call.Provider,
        Model = call.Model,
        RequestModel = call.RequestModel,
        ResponseId = call.ResponseId,
        ServiceTier = call.ServiceTier,
        Region = call.Region,
        Attribution = call.Attribution,
        Outcome = call.Outcome,
        ErrorType = call.ErrorType,
        ErrorText = call.ErrorText,
        Calls = call.Calls,
        IsCacheHit = call.IsCacheHit,
        UsageInconsistent = call.UsageInconsistent,
        Quality = call.Quality,
        Usage = call.HasUsage ? call.Usage : null,
        Cost = call.HasCost ? call.Cost : null,
        ChargePico = call.ChargePico,
        SavedPico = call.SavedPico,
    }.Cleaned();

    /// <summary>The record as stores keep it: in UTC, its names clean.</summary>
    internal UsageRecord Cleaned() => this with
    {
        EndedAt = EndedAt.ToUniversalTime(),
        Operation = Attribution.Clean(Operation) ?? "",
        Provider = Attribution.Clean(Provider),
        Model = Attribution.Clean(Model),
        RequestModel = Attribution.Clean(RequestModel),
        ResponseId = Attribution.Clean(ResponseId),
        ServiceTier = Attribution.Clean(ServiceTier),
        Region = Attribution.Clean(Region),
        Attribution = Clean(Attribution),
        ErrorType = Attribution.Clean(ErrorType),
        ErrorText = Attribution.Clean(ErrorText, MaxErrorText),
    };

    /// <summary>The event that makes this record, for whoever books it in sums.</summary>
    internal UsageEvent ToEvent()
    {
        var call = new UsageEvent
        {
            CallId = Id,
            EndedAt = EndedAt,
            Duration = Duration,
            TimeToFirstChunk = TimeToFirstChunk,
            Operation = Operation,
            Provider = Provider,
            RequestModel = RequestModel,
            ResponseModel = Model,
            ResponseId = ResponseId,
            ServiceTier = ServiceTier,
            Region = Region,
            Attribution = Attribution,
            Outcome = Outcome,
            ErrorType = ErrorType,
            ErrorText = ErrorText,
            Calls = Calls,
            IsCacheHit = IsCacheHit,
            UsageInconsistent = UsageInconsistent,
            Quality = Quality,
            ChargePico = ChargePico,
            SavedPico = SavedPico,
        };
        if (Usage is { } usage)
        {
            call.SetUsage(in usage);
        }

        if (Cost is { } cost)
        {
            call.SetCost(in cost);
        }

        return call;
    }

    private static Attribution Clean(in Attribution said)
    {
        SortedDictionary<string, string>? tags = null;
        if (said.Tags is { Count: > 0 } some)
        {
            tags = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var (name, value) in some)
            {
                if (value is not null)
                {
                    tags[Attribution.Clean(name)!] = Attribution.Clean(value)!;
                }
            }
        }

        return new Attribution(
            Attribution.Clean(said.User), Attribution.Clean(said.Tenant), Attribution.Clean(said.Feature), Attribution.Clean(said.Conversation), Attribution.Clean(said.Session),
            Attribution.Clean(said.Tier), tags is { Count: > 0 } ? tags : null, Attribution.Clean(said.Client), Attribution.Clean(said.Environment), said.IsUserHashed);
    }
}
