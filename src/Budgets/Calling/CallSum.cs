using LlmTelemetry.Usage;

namespace LlmTelemetry.Budgets;

/// <summary>What the calls inside a call used. Counts stay at their most where they would not fit. Not thread-safe.</summary>
internal sealed class CallSum
{
    private long _providerTools;
    private long _tools;
    private long _toolsInside;

    /// <summary>Calls that reached a provider.</summary>
    public long Requests { get; private set; }

    public long InputTokens { get; private set; }

    public long OutputTokens { get; private set; }

    public long AudioSeconds { get; private set; }

    /// <summary>What those cost whose price is known; null: of none it is.</summary>
    public Int128? CostPico { get; private set; }

    /// <summary>Tools that the answers asked for, and those that the provider ran.</summary>
    public long ToolCalls => Plus(_providerTools, Math.Max(0, _tools - _toolsInside));

    /// <summary>Calls of which something is not known: what they used, or its price. They are in the sums only as far as it is.</summary>
    public IList<OpenCall> Open { get; } = [];

    /// <summary>The only call there was, if it failed without a word of its usage: it used nothing, as far as anybody knows, unless something of its answer was seen.</summary>
    public OpenCall? Failed { get; private set; }

    /// <summary>The only call there was, if all of it was reported; null: it tells nothing of the estimate.</summary>
    public ReportedCall? Only { get; private set; }

    /// <summary>Whether a tracker guessed what a call used.</summary>
    public bool HasGuesses { get; private set; }

    public void Add(in UsageEvent call)
    {
        if (call.IsCacheHit)
        {
            return;
        }

        Only = Requests == 0 && Open.Count == 0 && call is { Quality: CostQuality.Reported, HasUsage: true, Calls: 1 } ? new ReportedCall(call.RequestModel, call.Usage.InputTokens) : null;
        Failed = Requests == 0 && Open.Count == 0 && call is { Outcome: CallOutcome.Failed, HasUsage: false, Calls: > 0 } ? new OpenCall(in call) : null;
        HasGuesses |= call.Quality == CostQuality.Estimated;
        Requests = Plus(Requests, call.Calls);
        CostPico = call.HasCost ? (CostPico ?? 0) + call.Cost.TotalPico : CostPico;
        if (call.HasUsage)
        {
            ref readonly var usage = ref call.Usage;
            InputTokens = Plus(InputTokens, usage.InputTokens);
            OutputTokens = Plus(OutputTokens, usage.OutputTokens);
            AudioSeconds = Plus(AudioSeconds, Plus(usage[UsageBucket.InputAudioSecond], usage[UsageBucket.AudioSecond]));
            _providerTools = Plus(
                _providerTools,
                Plus(Plus(usage[UsageBucket.WebSearch], usage[UsageBucket.FileSearch]), Plus(usage[UsageBucket.CodeExecution], usage[UsageBucket.ToolCall])));
        }

        // What was cut short is charged what was seen of it.
        if (call.HasUsage ? !call.HasCost || call.Quality == CostQuality.Partial : call.Outcome != CallOutcome.Failed && call.Calls > 0)
        {
            Open.Add(new OpenCall(in call));
        }
    }

    public void AddTools(long count) => _tools = Plus(_tools, count);

    /// <summary>Tools of an answer that is counted inside, and is part of this one.</summary>
    public void AddToolsInside(long count) => _toolsInside = Plus(_toolsInside, count);

    /// <summary>The sum; neither is negative.</summary>
    public static long Plus(long one, long other) => one > long.MaxValue - other ? long.MaxValue : one + other;
}

/// <summary>What a provider counted of a prompt.</summary>
/// <param name="Model">The model asked for.</param>
/// <param name="InputTokens">Input tokens of all kinds.</param>
internal sealed record ReportedCall(string? Model, long InputTokens);

/// <summary>A call of which something is not known.</summary>
internal sealed class OpenCall(in UsageEvent call)
{
    private readonly CallUsage _usage = call.HasUsage ? call.Usage : default;

    public string? Provider { get; } = call.Provider;

    public string? ResponseModel { get; } = call.ResponseModel;

    public string? RequestModel { get; } = call.RequestModel;

    public string? ServiceTier { get; } = call.ServiceTier;

    public string? Region { get; } = call.Region;

    public DateTimeOffset EndedAt { get; } = call.EndedAt;

    /// <summary>Whether it is known what it used, be it in part.</summary>
    public bool HasUsage { get; } = call.HasUsage;

    /// <summary>Whether all that it used is known, and only the price is not.</summary>
    public bool IsWhole { get; } = call is { HasUsage: true, Outcome: CallOutcome.Completed };

    public Int128? CostPico { get; } = call.HasCost ? call.Cost.TotalPico : null;

    public ref readonly CallUsage Usage => ref _usage;
}
