namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>Documented metrics that have nothing to say in the traffic of these tests, and why.</summary>
internal static class SilentMetrics
{
    /// <summary>Whichever process meets a hold that expired counts it, also the service, which shows no counters of budgets.</summary>
    public const string Sometimes = "llm.budget.expired_holds";

    private static readonly Dictionary<string, string> Reasons = new(StringComparer.Ordinal)
    {
        ["gen_ai.client.inference.duration"] = "only by opt-in to the newest conventions, in the place of others",
        ["gen_ai.client.inference.operation.input_tokens"] = "only by opt-in to the newest conventions, in the place of others",
        ["gen_ai.client.inference.operation.output_tokens"] = "only by opt-in to the newest conventions, in the place of others",
        ["gen_ai.client.inference.time_per_output_chunk"] = "only by opt-in to the newest conventions, in the place of others",
        ["gen_ai.client.inference.time_to_first_chunk"] = "only by opt-in to the newest conventions, in the place of others",
        ["gen_ai.client.inference.usage.cache_read.input_tokens"] = "only by opt-in to the newest conventions, in the place of others",
        ["gen_ai.client.inference.usage.cache_write.input_tokens"] = "only by opt-in to the newest conventions, in the place of others",
        ["gen_ai.client.inference.usage.input_tokens"] = "only by opt-in to the newest conventions, in the place of others",
        ["gen_ai.client.inference.usage.output_tokens"] = "only by opt-in to the newest conventions, in the place of others",
        ["gen_ai.client.inference.usage.reasoning.output_tokens"] = "only by opt-in to the newest conventions, in the place of others",
        ["gen_ai.usage.cost"] = "only where OpenLIT's name is switched on",
        ["llm.exporter.folded"] = "fewer keys than an exporter holds",
        ["llm.exporter.gaps"] = "it takes minutes until an exporter that was killed is missed",
        ["llm.exporter.ignored"] = "no application books metrics of other libraries",
        ["llm.exporter.journal.damaged"] = "no disk fails",
        ["llm.exporter.journal.missed"] = "no journal is full",
        ["llm.ledger.forecast"] = "it takes days of spend",
        ["llm.receiver.booking.duration"] = "the service does not write histograms",
        ["llm.receiver.conflicts"] = "one receiver",
        ["llm.receiver.rebooked"] = "Redis is not restarted",
        ["llm.receiver.rejected"] = "everything that is sent can be booked",
    };

    public static IEnumerable<string> Names => Reasons.Keys;
}
