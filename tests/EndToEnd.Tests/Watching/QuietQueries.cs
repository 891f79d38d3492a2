namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>Queries that show nothing in the traffic of these tests, and why. Something else proves each of them.</summary>
internal static class QuietQueries
{
    private static readonly Dictionary<string, string> Reasons = new(StringComparer.Ordinal)
    {
        ["llm-users, Spend per hour by user, B"] = "no more users than it names",
        ["llm-users, Spend per hour by tenant, B"] = "no more tenants than it names",
        ["LlmRateLimited"] = "fewer than five refusals in 15 minutes",
        ["LlmProviderOverloaded"] = "fewer than five refusals in 15 minutes",
        ["LlmProviderCreditSpent"] = "no provider wants money",
        ["LlmLatencyHigh"] = "it compares with three days",
        ["LlmTimeToFirstChunkHigh"] = "it compares with three days",
        ["LlmTokensPerCallJumped"] = "it compares with three days",
        ["LlmCostPerCallJumped"] = "it compares with three days",
        ["LlmCacheHitRatioFell"] = "it compares with three days",
        ["LlmCallsUnattributed"] = "it compares with two days",
        ["llm:latency_seconds:past3d"] = "it takes half a day of calls",
        ["llm:time_to_first_chunk_seconds:past3d"] = "it takes half a day of calls",
        ["llm:tokens_per_call:past3d"] = "it takes half a day of calls",
        ["llm:cost_per_call_USD:past3d"] = "it takes half a day of calls",
        ["llm:cache_hit:ratio_past3d"] = "it takes half a day of calls",
        ["LlmExporterGaps"] = "it takes minutes until an exporter that was killed is missed",
        ["LlmJournalLeft"] = "it takes minutes until an exporter that was killed is missed",
        ["LlmJournalMissed"] = "no journal is full",
        ["LlmJournalDamaged"] = "no disk fails",
        ["LlmTelemetryAbsent"] = "it takes an hour of telemetry before",
        ["LlmCollectorSendFailing"] = "nothing is in the Collector's way",
        ["LlmReceiverRejecting"] = "everything that is sent can be booked",
        ["LlmReceiverUnreadable"] = "everything that is sent can be read",
        ["LlmReceiverNotBooking"] = "the store is there all the time",
        ["LlmMetricsOverflow"] = "fewer series than the metrics SDK keeps",
        ["LlmLedgerFolded"] = "fewer keys than an exporter holds",
        ["llm-pipeline, Spend of today without a name, C"] = "no call comes from an overflow of the metrics SDK",
        ["llm-pipeline, Processes that ended without a word, A"] = "as LlmExporterGaps",
        ["llm-pipeline, Journal: frames, B"] = "as LlmJournalMissed",
        ["llm-pipeline, Journal: frames, C"] = "as LlmJournalDamaged",
        ["llm-pipeline, Points not booked, A"] = "no application books metrics of other libraries",
        ["llm-pipeline, Receiver: items, D"] = "as LlmReceiverRejecting",
        ["llm-pipeline, Collector: points, D"] = "as LlmCollectorSendFailing",
    };

    /// <summary>Those that compare with an hour or days ago: HistoryTests has the days.</summary>
    public static IReadOnlyList<string> TakingHistory { get; } =
    [
        "llm-overview, Expected this month, A",
        "llm-overview, Today against yesterday and a week ago, B",
        "llm-overview, Today against yesterday and a week ago, C",
        "llm-overview, This month, and what is expected at its end, B",
        "llm-overview, What changed, by model, B",
        "llm-overview, What changed, by model, C",
        "llm-overview, What changed, by model, D",
        "llm-overview, What changed, by model, E",
        "llm-overview, What changed, by feature, B",
        "llm-overview, What changed, by feature, C",
        "llm-overview, What changed, by feature, D",
        "llm-overview, What changed, by feature, E",
        "llm-users, Who grew, by user, B",
        "llm-users, Who grew, by user, C",
        "llm-users, Who grew, by user, D",
        "llm-users, Who grew, by user, E",
        "llm-users, What grew, by feature, B",
        "llm-users, What grew, by feature, C",
        "llm-users, What grew, by feature, D",
        "llm-users, What grew, by feature, E",
    ];

    public static IEnumerable<string> Names => Reasons.Keys.Concat(TakingHistory);

    /// <summary>Whether a query is one: by its name, whatever a reader chose.</summary>
    public static bool IsOne(string name) => Names.Any(quiet => name == quiet || name.StartsWith(quiet + ", with ", StringComparison.Ordinal));
}
