namespace LlmTelemetry.Usage;

/// <summary>One further figure that an application reports beside its calls: a session's duration, a rating. It is aggregated like usage and costs nothing.</summary>
/// <param name="Name">What was measured: <c>session.duration</c>.</param>
/// <param name="Value">The figure: finite, and between -10^15 and 10^15. Stores keep it to the billionth.</param>
/// <param name="Unit">Its unit, in UCUM as OpenTelemetry has it: <c>s</c>, <c>{rating}</c>. Null: none. A name with another unit is another metric.</param>
/// <param name="At">When it was measured (UTC): the hour it is booked in.</param>
/// <param name="Attribution">Whom it is attributed to.</param>
/// <param name="Tags">What tells its figures apart further: few, of few values each, ascending by key. Null: nothing.</param>
public readonly record struct MetricEvent(
    string Name, double Value, string? Unit, DateTimeOffset At, Attribution Attribution = default, IReadOnlyList<KeyValuePair<string, string>>? Tags = null);
