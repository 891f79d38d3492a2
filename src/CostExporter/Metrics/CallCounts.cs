namespace LlmTelemetry.CostExporter;

/// <summary>How many calls each of the metrics counts that count calls.</summary>
internal sealed class CallCounts
{
    private const long MicrosPerSecond = 1_000_000;

    private readonly Dictionary<(CallsFrom From, bool IsFailed), (long Calls, Int128 Micros)> _counts = [];

    public void Add(CallsFrom from, in PointTags tags, in PointSum sum)
    {
        var key = (from, IsFailed: tags.ErrorType is not null);
        var (calls, micros) = _counts.GetValueOrDefault(key);
        _counts[key] = (calls + sum.Count, micros + (IsTimed(from) ? sum.In(MicrosPerSecond) : 0));
    }

    /// <summary>How many there are, by one of the metrics.</summary>
    public long Of(CallsFrom? from, bool isFailed) => from is { } chosen ? _counts.GetValueOrDefault((chosen, isFailed)).Calls : 0;

    /// <summary>How many calls there are of which tokens may tell, by the best that says so; 0: nothing does.</summary>
    public long Best()
    {
        foreach (var from in Enum.GetValues<CallsFrom>())
        {
            if (Of(from, isFailed: false) is > 0 and var calls)
            {
                return calls;
            }
        }

        return 0;
    }

    /// <summary>Adds calls and their durations to a row.</summary>
    public void AddTo(SpendMeasures row, CallsFrom from, bool isFailed)
    {
        var (calls, micros) = _counts.GetValueOrDefault((from, isFailed));
        row.Add(SpendMeasure.Calls, calls);
        if (IsTimed(from))
        {
            row.Add(SpendMeasure.DurationMicros, micros);
        }
        else
        {
            row.Add(SpendMeasure.Untimed, calls);
        }
    }

    private static bool IsTimed(CallsFrom from) => from is CallsFrom.OperationDurations or CallsFrom.InferenceDurations;
}
