namespace LlmTelemetry.Budgets.Tests.Ledgers;

/// <summary>A counter of the model, one of each kind and one with two subjects.</summary>
internal sealed record ModelCounter(string Limit, string Subject, SpanKind Kind, long? Amount, bool IsShadow = false)
{
    public static readonly IReadOnlyList<ModelCounter> All =
    [
        new("day", "", SpanKind.Calendar, 100),
        new("minute", "ada", SpanKind.Sliding, 80),
        new("minute", "bob", SpanKind.Sliding, 80),
        new("session", "", SpanKind.Session, 300),
        new("shadow", "", SpanKind.Calendar, 50, IsShadow: true),
        new("age", "", SpanKind.SessionAge, 20),
        new("free", "", SpanKind.Sliding, null),
    ];

    public string Name => Subject.Length == 0 ? Limit : $"{Limit}({Subject})";

    /// <summary>The line that a caller tells at some time.</summary>
    public LedgerLine Line(ModelTimes times, long now, long amount = 0)
    {
        var start = now / times.Period * times.Period;
        var span = new LedgerSpan(Kind, Kind == SpanKind.Calendar ? start : 0, Kind == SpanKind.Calendar ? start + times.Period : 0, Kind == SpanKind.Sliding ? times.Window : 0);
        return new(new CounterKey(Limit + "|tokens|w", Subject), span, Amount, amount, IsShadow);
    }
}

/// <summary>How long the model's periods and windows are, in milliseconds; a window in sixty whole steps.</summary>
internal sealed record ModelTimes(long Period, long Window)
{
    public long Step => Window / 60;
}
