using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// What an application knows of a call that it makes itself, for <see cref="UsageMeter"/>: before the call whom it goes to, afterwards what it used.
/// Null: not known. Immutable; values that cannot be are refused where they are set.
/// </summary>
/// <example>
/// <code>new MeteredCall { Provider = "openai", Model = "gpt-4o-mini", Tokens = new() { Input = 1_200, CacheRead = 1_000, Output = 80 }, Duration = took }</code>
/// </example>
public sealed record MeteredCall
{
    /// <summary>
    /// What is done, as <c>gen_ai.operation.name</c> says it: <c>chat</c>, <c>embeddings</c>, or a word of the application's. Default: <c>chat</c>,
    /// and <c>api</c> with <see cref="Api"/>.
    /// </summary>
    /// <exception cref="ArgumentException">It is empty.</exception>
    public string Operation
    {
        get => field ?? (Api is null ? Vocabulary.GenAi.OperationChat : Vocabulary.GenAi.OperationApi);
        init => field = MeteredValues.Text(value) ?? throw new ArgumentException("An operation must have a name.", nameof(Operation));
    }

    /// <summary>Who is called: <c>openai</c>, <c>anthropic</c>. Other names for the well-known ones become those. Of an <see cref="Api"/> its key stands here.</summary>
    public string? Provider
    {
        get;
        init => field = MeteredValues.Text(value);
    }

    /// <summary>The model that is asked for.</summary>
    public string? Model
    {
        get;
        init => field = MeteredValues.Text(value);
    }

    /// <summary>Where the call goes: on the span, and for prices that depend on the host.</summary>
    public Uri? Server { get; init; }

    /// <summary>The provider's service tier: <c>batch</c>, <c>flex</c>, <c>priority</c>.</summary>
    public string? ServiceTier
    {
        get;
        init => field = MeteredValues.Text(value);
    }

    /// <summary>Where the provider runs the call, for models whose price depends on it.</summary>
    public string? Region
    {
        get;
        init => field = MeteredValues.Text(value);
    }

    /// <summary>Whom the call is attributed to, as far as the application says here; the open <see cref="UsageScope"/> says the rest.</summary>
    public Attribution Attribution { get; init; }

    /// <summary>The model that answered.</summary>
    public string? ResponseModel
    {
        get;
        init => field = MeteredValues.Text(value);
    }

    /// <summary>The provider's id of the answer. With it the same call has the same identity however often it is booked (<see cref="UsageEvent.GetId"/>).</summary>
    public string? ResponseId
    {
        get;
        init => field = MeteredValues.Text(value);
    }

    /// <summary>What it used, in disjoint buckets. Beside <see cref="Tokens"/>: what is no token.</summary>
    public CallUsage? Usage { get; init; }

    /// <summary>The tokens as most providers count them, totals that include their parts. Counts that contradict one another are flagged, not refused.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A count is negative.</exception>
    public InclusiveUsage? Tokens
    {
        get;
        init => field = MeteredValues.NotNegative(value);
    }

    /// <summary>What it used of an API that is no model: in place of provider, usage and tokens.</summary>
    public ApiUsage? Api { get; init; }

    /// <summary>
    /// The whole cost in USD, where it is known: a gateway's own figure. It is booked as it is, in the bucket <c>request</c>, whatever the price book says.
    /// Null: the price book prices the usage.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative, or over a billion USD.</exception>
    public decimal? Cost
    {
        get;
        init => field = MeteredValues.Money(value, nameof(Cost));
    }

    /// <summary>How long it took. Null: not known, and in no histogram of durations. A call that is wrapped is measured.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative, or over a year.</exception>
    public TimeSpan? Duration
    {
        get;
        init => field = MeteredValues.Period(value, nameof(Duration));
    }

    /// <summary>When it ended: the hour it is booked in; it is priced as of its start. Null: now. A call that is wrapped ends when it ends.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is before the year 2000.</exception>
    public DateTimeOffset? EndedAt
    {
        get;
        init => field = MeteredValues.Time(value, nameof(EndedAt));
    }

    /// <summary>How it ended. Null: failed where there is an <see cref="ErrorType"/> or <see cref="ErrorText"/>, else completed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such outcome.</exception>
    public CallOutcome? Outcome
    {
        get;
        init => field = MeteredValues.Outcome(value, nameof(Outcome));
    }

    /// <summary>The kind of failure, from few words: an HTTP status, a provider's code. It is on metrics.</summary>
    public string? ErrorType
    {
        get;
        init => field = MeteredValues.Text(value);
    }

    /// <summary>What went wrong, in the application's own words: on the event and the span, cut after 1,024 characters. Mind what a provider's message quotes.</summary>
    public string? ErrorText
    {
        get;
        init => field = MeteredValues.Short(MeteredValues.Text(value));
    }

    /// <summary>The call with what a provider's own answer says: usage, model, id, service tier, region, and the cost where the provider tells one.</summary>
    /// <param name="json">The JSON as it came over the wire: an answer, or a stream of server-sent events as a whole (<see cref="UsageBody"/>).</param>
    /// <exception cref="FormatException">It is no JSON.</exception>
    public MeteredCall WithBody(string json) => With(UsageBody.Read(Provider, json));

    /// <inheritdoc cref="WithBody"/>
    /// <param name="body">The answer, read.</param>
    public MeteredCall With(UsageBody body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return this with
        {
            Usage = body.HasUsage ? body.Usage : Usage,
            Tokens = body.HasUsage ? null : Tokens,
            BodyIssue = body.Issue,
            ResponseModel = body.Model ?? ResponseModel,
            ResponseId = body.ResponseId ?? ResponseId,
            ServiceTier = body.ServiceTier ?? ServiceTier,
            Region = body.Region ?? Region,
            Cost = MeteredValues.IsMoney(body.ReportedCost) ? body.ReportedCost : Cost,
        };
    }

    /// <summary>What is wrong with the counts of a provider's answer.</summary>
    internal UsageIssue BodyIssue { get; init; }

    /// <summary>What calls inside it may be the same as it: those of the same operation, of an API only those of the same one.</summary>
    internal string Kind => Api is { } api ? $"{Operation} {api.Key}" : Operation;

    /// <summary>Whether its duration is one of an operation: three requests together took as long as none of them, and one that was not told is not 0.</summary>
    internal bool IsTimed => Api is not { Requests: > 1 } && (StartedAt is null || Duration is not null);

    /// <summary>Set for a finished call, which is booked rather than watched: when it started.</summary>
    internal DateTimeOffset? StartedAt { get; init; }

    /// <summary>The outcome, worked out.</summary>
    /// <exception cref="ArgumentException">It says that it did not fail, and how.</exception>
    internal CallOutcome Ending => (Outcome, ErrorType ?? ErrorText) switch
    {
        (null, null) => CallOutcome.Completed,
        (null, _) => CallOutcome.Failed,
        ({ } outcome, { } error) when outcome != CallOutcome.Failed => throw new ArgumentException($"The outcome is {outcome}, and there is an error: {error}.", nameof(Outcome)),
        ({ } outcome, _) => outcome,
    };

    /// <summary>What the application says that it costs; false: it does not.</summary>
    /// <inheritdoc cref="ApiUsage.TryPrice" path="/exception"/>
    internal bool TryGetCost(out Cost cost)
    {
        if (Cost is not { } usd)
        {
            cost = default;
            return Api?.TryPrice(out cost) == true;
        }

        cost = new Cost(Provider ?? "", ResponseModel ?? Model ?? "", Vocabulary.PriceVersions.Reported);
        cost.Add(UsageBucket.Request, 1, usd);
        return true;
    }

    /// <summary>What it used: nothing known is empty, which is not 0.</summary>
    /// <param name="usage">The disjoint buckets.</param>
    /// <returns>What is wrong with the counts.</returns>
    /// <exception cref="ArgumentException">Tokens are counted twice, or an API has what only a model has.</exception>
    internal UsageIssue Count(out CallUsage usage)
    {
        if (Api is not null)
        {
            MeteredValues.Require(Provider is null && Usage is null && Tokens is null, nameof(Api), "The usage of an API stands in place of provider, usage and tokens: leave those out.");
            usage = Api.ToUsage();
            return UsageIssue.None;
        }

        usage = Usage ?? default;
        if (Tokens is not { } tokens)
        {
            return BodyIssue;
        }

        MeteredValues.Require(!MeteredValues.HasTokens(in usage), nameof(Usage), "It counts tokens, and so does Tokens: give them once.");
        var issue = tokens.ToDisjoint(out var counted);
        usage.Add(in counted);
        return issue;
    }
}
